'use strict';

module.exports = function () {
  throw new Error('This package is for Node: in a browser use the class WebSocket that is there');
};
