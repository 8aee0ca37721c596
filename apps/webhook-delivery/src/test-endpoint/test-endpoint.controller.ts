import { Controller } from '@nestjs/common';
import type { z } from 'zod';
import { testWebhook, type WebhookTestResult } from '#contracts/webhooks/deliveries.js';
import { Answers } from '#platform/bus/answers.js';
import { TestEndpoint } from './test-endpoint.js';

@Controller()
export class TestEndpointController {
  constructor(private readonly testEndpoint: TestEndpoint) {}

  @Answers(testWebhook)
  test(question: z.output<typeof testWebhook.question>): Promise<WebhookTestResult> {
    return this.testEndpoint.test(question);
  }
}
