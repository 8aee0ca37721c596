import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Browser, Locator, Page } from 'playwright-core';
import { openBrowser } from '../harness/browser.js';
import { eventually } from '../harness/eventually.js';
import { PlaygroundServer } from '../harness/playground.js';
import { World } from '../harness/world.js';

let world: World;
let playground: PlaygroundServer;
let browser: Browser;
let page: Page;
/** What the page complained of. */
let complaints: string[];

beforeAll(async () => {
  playground = await PlaygroundServer.reserve();
  world = await World.start({ settings: { HOOKLINE_PLAYGROUND_URL: playground.url } });
  await playground.start(world.gateways[0]!.url, world.installationKey);
  browser = await openBrowser();
});
afterAll(async () => {
  await browser.close();
  await playground.stop();
  await world.close();
});
beforeEach(async () => {
  complaints = [];
  page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  await page.goto(world.gateways[0]!.url);
});
afterEach(async () => {
  await page.close();
  expect(complaints).toEqual([]);
});

const station = (name: string, state: string): Locator => page.locator(`[data-station=${name}].${state}`);
const messagesOf = (name: string): Locator => page.getByRole('log', { name: `${name}'s messages` });

async function say(name: string, text: string): Promise<void> {
  await page.getByLabel(`Message from ${name}`).fill(text);
  await page.keyboard.press('Enter');
}

describe('the playground', () => {
  test('shows a message on its way: reworded by a rule, stored, delivered, told to the webhook', async () => {
    await say('Tom', 'Holy crap!');
    for (const name of ['sent', 'hooks', 'verdict', 'stored', 'delivered', 'webhook']) {
      await station(name, 'done').waitFor();
    }
    await station('push', 'skipped').waitFor();
    await messagesOf('Jerry').getByText('Holy **!').waitFor();
    expect(await messagesOf('Jerry').getByText('crap').count()).toBe(0);
    expect(await page.locator('.rules .matched').count()).toBe(1);
  });

  test('shows where the way of a dropped and of a rejected message ends', async () => {
    await say('Tom', 'spam');
    await station('verdict', 'stopped').getByText('dropped').waitFor();
    await say('Tom', 'casino');
    await station('verdict', 'stopped').getByText('rejected: Not with "casino"').waitFor();
    await station('stored', 'skipped').waitFor();
    await messagesOf('Tom').getByText('dropped by a rule').waitFor();
    expect(await messagesOf('Jerry').getByRole('listitem').count()).toBe(0);
  });

  test('lets the rules be changed while the hook runs', async () => {
    await page.getByRole('button', { name: 'Add a rule' }).click();
    await page.getByLabel('Rule 5: text that a message contains').fill('cheese');
    const saved = page.waitForResponse(
      (answer) => answer.url().includes('/rules/') && answer.request().method() === 'PUT',
    );
    await page.getByLabel('Rule 5: replacement').fill('tofu');
    await saved;
    await say('Jerry', 'Cheese!');
    await messagesOf('Tom').getByText('tofu!').waitFor();
  });

  test('shows a push for somebody who is away, and what is heard on return', async () => {
    await page.getByRole('region', { name: 'Jerry' }).getByRole('switch').click();
    // Nobody is pushed anything who still seems to be connected.
    await eventually(async () => {
      const sessions = await world.database.sql(
        "SELECT FROM conversation.session WHERE user_id LIKE 'jerry-%' AND closed_at IS NULL",
      );
      expect(sessions).toEqual([]);
    });
    await say('Tom', 'are you there?');
    await station('push', 'done').getByText('are you there?').waitFor();
    await page.getByRole('region', { name: 'Jerry' }).getByRole('switch').click();
    await messagesOf('Jerry').getByText('are you there?').waitFor();
    await station('delivered', 'done').waitFor();
  });

  test('can be used by keyboard alone, and on a narrow screen', async () => {
    await page.setViewportSize({ width: 360, height: 740 });
    await page.getByLabel('Message from Tom').focus();
    await page.keyboard.type('typed');
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Send');
    await page.keyboard.press('Enter');
    await messagesOf('Jerry').getByText('typed').waitFor();
    const overflow = await page.evaluate(
      'document.documentElement.scrollWidth - document.documentElement.clientWidth',
    );
    expect(overflow).toBe(0);
  });
});

test('other pages in the same browser may not use its server', async () => {
  const answer = await fetch(`${playground.url}/visits`, {
    method: 'POST',
    headers: { origin: 'https://elsewhere.example' },
  });
  expect(answer.status).toBe(403);
});

test('calls without a good signature are refused by its hook', async () => {
  const answer = await fetch(`${playground.url}/hook`, { method: 'POST', body: '{}' });
  expect(answer.status).toBe(401);
});
