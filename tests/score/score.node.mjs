// Goes through sessions that Python wrote down and prints what the browser's comparison makes of them.
import { readFileSync } from 'node:fs';
import { Comparer, summary } from '../../perscoach/mirror/page/score.mjs';
import { readTrack } from '../../perscoach/mirror/page/track.mjs';

const { rules, sessions } = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const answer = sessions.map(({ track, mirror, calibrate, steps }) => {
  const comparer = new Comparer(readTrack(track, rules), rules, { mirror });
  const used = comparer.calibrate(calibrate.map((w) => Float64Array.from(w)), 0);
  const began = performance.now();
  const frames = steps.map(([time, trainerTime, rate, world, visibility]) => {
    const frame = comparer.step(time, trainerTime, world && Float64Array.from(world), Float64Array.from(visibility), rate);
    const numbers = [frame.form, frame.lag, frame.yaw, frame.reps];
    for (const limb of frame.limbs) numbers.push(limb.angle, limb.form, limb.weight, ...limb.arrow);
    return [frame.state, numbers.map((n) => (Number.isNaN(n) ? null : n)), frame.limbs.map((limb) => limb.colour)];
  });
  const ms = (performance.now() - began) / steps.length;
  const { form, timing, late, unsteady, coverage, reps, trainerReps, limbs } = summary(comparer);
  const report = [form, timing, late, unsteady, coverage, reps, trainerReps, ...limbs.map((limb) => limb.form)];
  const windows = comparer.windows.map((w) => [w.start, w.stop, w.form, w.weight, ...w.limbs].map((n) => (Number.isNaN(n) ? null : n)));
  return { used, frames, windows, lags: comparer.lags, report, ms };
});
console.log(JSON.stringify(answer));
