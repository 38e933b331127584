import { legOf, rigOf } from './engine-rig.ts';

/**
 * An agent of its own, to be killed: `node engine-process.ts PORT exit|stay`. Prints how its capture stands once that is
 * known, then stays or leaves without a word to its child.
 */
const [port, then] = process.argv.slice(2);
const { engine } = rigOf();
engine.start();
engine.follow(legOf('leg', Number(port)));
const ask = setInterval(async () => {
  const { media } = await engine.look();
  const isKnown = media.trouble !== undefined || media.filter?.includes(`${port}`) === true;
  if (!isKnown || (media.state !== 'live' && media.trouble === undefined)) return;
  clearInterval(ask);
  process.stdout.write(`${JSON.stringify(media)}\n`, () => {
    if (then === 'exit') process.exit(0);
  });
}, 20);
