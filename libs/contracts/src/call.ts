import type { z } from 'zod';

/** One question that an app answers over NATS: its subject, its schemas, and how long the asker waits (ms). */
export interface Call<Question extends z.ZodType = z.ZodType, Answer extends z.ZodType = z.ZodType> {
  readonly subject: string;
  readonly question: Question;
  readonly answer: Answer;
  readonly timeout: number;
}

/** The contract's version stands in every subject, so that two neighbouring releases can run side by side. */
export const subjectRoot = 'hookline.v1';

export function call<Question extends z.ZodType, Answer extends z.ZodType>(
  name: string,
  question: Question,
  answer: Answer,
  timeout = 5_000,
): Call<Question, Answer> {
  return { subject: `${subjectRoot}.${name}`, question, answer, timeout };
}
