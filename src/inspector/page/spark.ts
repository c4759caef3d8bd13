const SVG = 'http://www.w3.org/2000/svg';

/** A line of the last seconds. It is an ornament: the figures stand beside it. */
export class Spark {
  readonly svg: SVGSVGElement;
  readonly #line: SVGPathElement;
  readonly #area: SVGPathElement;
  readonly #width: number;
  readonly #height: number;
  #drawn = '';

  constructor(width: number, height: number) {
    this.#width = width;
    this.#height = height;
    this.svg = document.createElementNS(SVG, 'svg');
    this.svg.setAttribute('viewBox', `0 0 ${width} ${height}`);
    this.svg.setAttribute('preserveAspectRatio', 'none');
    this.svg.setAttribute('class', 'spark');
    this.svg.setAttribute('aria-hidden', 'true');
    this.#area = document.createElementNS(SVG, 'path');
    this.#area.setAttribute('class', 'spark-area');
    this.#line = document.createElementNS(SVG, 'path');
    this.#line.setAttribute('class', 'spark-line');
    this.svg.append(this.#area, this.#line);
  }

  /**
   * @param values the oldest first; the last stands at the end
   * @param length how many there can be
   */
  draw(values: readonly number[], length: number): void {
    const most = Math.max(...values, 1);
    const step = this.#width / Math.max(1, length - 1);
    const first = length - values.length;
    const height = this.#height - 2;
    const points = values.map((value, at) => {
      const y = 1 + height - (Math.min(value, most) / most) * height;
      return `${((first + at) * step).toFixed(1)} ${y.toFixed(1)}`;
    });
    const line = points.length < 2 ? '' : `M${points.join('L')}`;
    if (line === this.#drawn) return;
    this.#drawn = line;
    this.#line.setAttribute('d', line);
    this.#area.setAttribute('d', line && `${line}V${this.#height}H${(first * step).toFixed(1)}Z`);
  }
}
