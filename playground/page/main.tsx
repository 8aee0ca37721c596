import { render } from 'preact';
import { Pipeline } from './pipeline.js';
import { Play } from './play.js';
import { PersonScreen } from './person.js';
import { Rules } from './rules.js';
import { ServerSide } from './server-side.js';

function Page({ play }: { readonly play: Play }) {
  const [tom, jerry] = play.people;
  return (
    <>
      <header>
        <h1>Hookline</h1>
        <p>Every message passes your hooks before anybody sees it. Try “Holy crap!”, “spam”, “casino”.</p>
        <nav aria-label="Documents">
          <a href="/api/docs">REST</a> <a href="/api/asyncapi.json">Sockets</a>{' '}
          <a href="/api/hooks.schema.json">Hooks</a>
        </nav>
      </header>
      <main>
        <PersonScreen play={play} person={tom} />
        <section class="middle" aria-label="What happens in between">
          <Pipeline play={play} />
          <Rules play={play} />
        </section>
        <PersonScreen play={play} person={jerry} />
      </main>
    </>
  );
}

async function begin(root: Element): Promise<void> {
  const server = await ServerSide.find();
  const play = new Play(server, await server.begin());
  await Promise.all(play.people.map((person) => play.goOnline(person)));
  root.replaceChildren();
  render(<Page play={play} />, root);
}

const root = document.querySelector('#page');
if (root !== null) {
  begin(root).catch((error: unknown) => {
    root.textContent = `The playground cannot be reached. It runs beside Hookline after "npm start", on the same machine. (${String(error)})`;
  });
}
