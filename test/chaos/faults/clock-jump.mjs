// Loaded before a server: at each SIGUSR2 its clock jumps, an hour ahead, then an hour behind, then to the true time.
const HOUR_MS = 3_600_000;
const jumps = [HOUR_MS, -HOUR_MS, 0];

let count = 0;
let offset = 0;
process.on('SIGUSR2', () => {
  offset = jumps[count % jumps.length];
  count += 1;
});

const TrueDate = Date;
const trueNow = Date.now;
TrueDate.now = () => trueNow() + offset;
globalThis.Date = new Proxy(TrueDate, {
  construct: (target, values, constructed) =>
    Reflect.construct(target, values.length === 0 ? [target.now()] : values, constructed),
  apply: (target) => new target(target.now()).toString(),
});
