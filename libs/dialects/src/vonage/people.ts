import { Injectable } from '@nestjs/common';
import { v5 as uuidv5 } from 'uuid';
import { findUsers, type User } from '#contracts/users.js';
import type { Person } from '#contracts/vonage/person.js';
import { Bus } from '#platform/bus/bus.js';
import { Remembered } from '#platform/remembered.js';

/** How long a profile is trusted (ms). */
const trustedFor = 10_000;
/** Each may have 16 KiB of custom data. */
const kept = 4_000;
/** With all that it may have, an answer still fits into one message of NATS. */
const askedAtOnce = 100;
/** Of whoever is not there any more: an id that is the same everywhere and for ever. */
const nobodys = '6d4b6f62-5a0b-5b7e-9e52-6f2d2b6a8a10';

/** Who users are, by their ids. Profiles are asked for once per while, several in one question. */
@Injectable()
export class People {
  private readonly known = new Remembered<{ readonly person: Person; readonly until: number }>(kept);

  constructor(protected readonly bus: Bus) {}

  /** Everybody who is named, also those who are gone. */
  async people(applicationId: string, ids: readonly string[]): Promise<ReadonlyMap<string, Person>> {
    const people = new Map<string, Person>();
    const unknown = new Set<string>();
    const now = performance.now();
    for (const id of ids) {
      const entry = this.known.get(`${applicationId}:${id}`);
      if (entry !== undefined && entry.until > now) people.set(id, entry.person);
      else unknown.add(id);
    }
    for (const portion of portionsOf([...unknown])) {
      const { users } = await this.bus.ask(findUsers, { applicationId, by: { ids: portion } });
      for (const user of users) people.set(user.id, this.remember(applicationId, user));
    }
    for (const id of unknown) if (!people.has(id)) people.set(id, gone(id));
    return people;
  }

  async person(applicationId: string, id: string): Promise<Person> {
    const people = await this.people(applicationId, [id]);
    return people.get(id) ?? gone(id);
  }

  /** Its profile was changed here. */
  forget(applicationId: string, id: string): void {
    this.known.delete(`${applicationId}:${id}`);
  }

  protected remember(applicationId: string, user: User): Person {
    const person = personOf(user);
    this.known.set(`${applicationId}:${user.id}`, { person, until: performance.now() + trustedFor });
    return person;
  }
}

function personOf({ id, uid, displayName, attributes }: User): Person {
  const { imageUrl, customData } = attributes;
  return {
    id,
    uid,
    displayName,
    imageUrl: typeof imageUrl === 'string' ? imageUrl : null,
    customData:
      typeof customData === 'object' && customData !== null && !Array.isArray(customData) ? customData : null,
  };
}

function gone(id: string): Person {
  return { id, uid: uuidv5(id, nobodys), displayName: null, imageUrl: null, customData: null };
}

function portionsOf(ids: readonly string[]): string[][] {
  const portions: string[][] = [];
  for (let start = 0; start < ids.length; start += askedAtOnce)
    portions.push(ids.slice(start, start + askedAtOnce));
  return portions;
}
