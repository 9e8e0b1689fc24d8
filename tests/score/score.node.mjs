// Goes through sessions that Python wrote down and prints what the browser's comparison makes of them.
import { readFileSync } from 'node:fs';
import { Comparer, summary } from '../../perscoach/mirror/page/score.mjs';
import { readTrack } from '../../perscoach/mirror/page/track.mjs';

const plain = (numbers) => Array.from(numbers, (n) => (Number.isNaN(n) ? null : n));
const { rules, sessions } = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const answer = sessions.map(({ track, mirror, accepted, calibrate, steps }) => {
  const comparer = new Comparer(readTrack(track, rules), rules, { mirror, accepted });
  const used = calibrate.length ? comparer.calibrate(calibrate.map((w) => Float64Array.from(w)), 0) : null;
  const began = process.cpuUsage(); // other work may hold the processor
  const frames = steps.map(([time, trainerTime, rate, world, visibility]) => {
    const frame = comparer.step(time, trainerTime, world && Float64Array.from(world), Float64Array.from(visibility), rate);
    const numbers = [frame.form, frame.lag, frame.yaw, frame.reps, frame.attempts];
    for (const limb of frame.limbs) numbers.push(limb.angle, limb.form, limb.weight, ...limb.arrow);
    return [frame.state, plain(numbers), frame.limbs.map((limb) => limb.colour)];
  });
  const { user, system } = process.cpuUsage(began);
  const ms = (user + system) / 1000 / steps.length;
  const { form, timing, late, unsteady, tempo, coverage, reps, attempts, trainerReps, groups, limbs } = summary(comparer);
  const report = [form, timing, late, unsteady, tempo, coverage, reps, attempts, trainerReps, ...Object.values(groups), ...limbs.map((limb) => limb.form)];
  const repetitions = comparer.judge.reps.map((rep) => [
    rep.kind, plain([rep.start, rep.turn, rep.stop, ...rep.at, rep.share, rep.form, ...Object.values(rep.groups), ...rep.findings.flatMap((f) => [f.off, f.mark, f.amount])]),
  ]);
  const { rest } = comparer.judge.finder;
  const standing = rest && [...rest.level, rest.signal, rest.feet, ...rest.values, ...Object.values(rest.lengths)];
  return { used, frames, repetitions, standing, lags: comparer.lags, report, ms };
});
console.log(JSON.stringify(answer));
