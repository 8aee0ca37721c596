import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { openBrowser } from '../harness/browser.js';
import { SharedWorld } from '../harness/shared-world.js';
import { releases } from './nexmo-client.js';
import { VonageApplication } from './vonage-application.js';
import { CustomEventPage } from './vonage-page.js';

let world: SharedWorld;
let vonage: VonageApplication;
let served: CustomEventPage;
let browser: Browser;
let pages: Page[];
/** What the pages complained of. */
let complaints: string[];

beforeAll(async () => {
  world = await SharedWorld.attach();
  vonage = await VonageApplication.of(world);
  await vonage.users('alice', 'bob');
  served = await CustomEventPage.serve();
  browser = await openBrowser();
});
afterAll(async () => {
  await browser.close();
  await served.close();
  await world.close();
});
beforeEach(() => {
  pages = [];
  complaints = [];
});
afterEach(async () => {
  for (const page of pages) await page.close();
});

/** The items of a list of the page, as soon as there are so many. */
async function items(page: Page, list: 'heard' | 'sent', count: number): Promise<unknown[]> {
  await page.locator(`#${list} > li:nth-child(${String(count)})`).waitFor();
  const texts = await page.locator(`#${list} > li`).allTextContents();
  return texts.map((text) => JSON.parse(text) as unknown);
}

describe.each(releases)('the page of the guide with %s, in Chromium', (release) => {
  async function look(name: string, conversationId: string, gateway: number): Promise<Page> {
    const page = await browser.newPage();
    pages.push(page);
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(message.text());
    });
    const { url } = world.gateways[gateway]!;
    await page.goto(served.addressOf({ release, token: vonage.token(name), conversationId, url }));
    return page;
  }

  test('sends a custom event of another origin, and two people hear who has sent what', async () => {
    const { id } = await vonage.room('alice', 'bob');
    const bob = await look('bob', id, 1);
    expect(await items(bob, 'heard', 1)).toEqual([{ from: 'bob', id: 3, body: { your: 'data' } }]);
    const alice = await look('alice', id, 0);
    const ofAlice = { from: 'alice', id: 4, body: { your: 'data' } };
    expect(await items(alice, 'sent', 1)).toEqual([{ id: 4 }]);
    expect((await items(alice, 'heard', 1)).at(-1)).toEqual(ofAlice);
    expect((await items(bob, 'heard', 2)).at(-1)).toEqual(ofAlice);
    expect(complaints).toEqual([]);
  });
});
