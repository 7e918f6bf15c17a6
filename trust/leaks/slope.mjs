// The straight line through samples.

/** By least squares: how much y grows for each x, and the standard error of that. */
export function slopeOf(points) {
  const count = points.length;
  const mean = (axis) => points.reduce((sum, point) => sum + point[axis], 0) / count;
  const [meanX, meanY] = [mean(0), mean(1)];
  const squares = points.reduce((sum, [x]) => sum + (x - meanX) ** 2, 0);
  const slope = points.reduce((sum, [x, y]) => sum + (x - meanX) * (y - meanY), 0) / squares;
  const rest = points.reduce((sum, [x, y]) => sum + (y - meanY - slope * (x - meanX)) ** 2, 0);
  return { slope, error: Math.sqrt(rest / (count - 2) / squares) };
}
