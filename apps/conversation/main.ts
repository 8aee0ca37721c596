import 'reflect-metadata';
import { busErrors } from '#contracts/errors.js';
import { runApp } from '#platform/bootstrap.js';
import { readConversationSettings } from './src/conversation.config.js';
import { ConversationModule } from './src/conversation.module.js';

await runApp(() => {
  const settings = readConversationSettings();
  return {
    name: 'conversation',
    module: ConversationModule.forSettings(settings),
    settings,
    errors: busErrors,
  };
});
