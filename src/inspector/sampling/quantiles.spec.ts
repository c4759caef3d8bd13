import { describe, expect, it } from '@jest/globals';
import { Quantiles } from './quantiles.js';

describe('quantiles of what came lately', () => {
  it('are right to a third of themselves', () => {
    const quantiles = new Quantiles();
    for (let at = 1; at <= 1_000; at++) quantiles.add(at);
    for (const [share, exact] of [
      [0.5, 500],
      [0.99, 990],
      [1, 1_000],
    ] as const) {
      const found = quantiles.of(share);
      expect(found).toBeGreaterThanOrEqual(exact);
      expect(found).toBeLessThanOrEqual(exact * 1.35);
    }
  });

  it('are of this span and the one before, and of nothing older', () => {
    const quantiles = new Quantiles();
    quantiles.add(500);
    quantiles.turn();
    quantiles.add(1);
    expect(quantiles.of(0.99)).toBeGreaterThanOrEqual(500);
    quantiles.turn();
    expect(quantiles.of(0.99)).toBeLessThan(2);
    quantiles.turn();
    expect(quantiles.of(0.99)).toBe(0);
  });

  it('have a place for the shortest and for what never seems to end', () => {
    const quantiles = new Quantiles();
    quantiles.add(0);
    expect(quantiles.of(0.5)).toBe(0.05);
    for (let count = 0; count < 9; count++) quantiles.add(1e12);
    expect(quantiles.of(0.99)).toBeGreaterThan(1_000_000);
  });
});
