import 'reflect-metadata';
import { busErrors } from '#contracts/errors.js';
import { runApp } from '#platform/bootstrap.js';
import { readHookEngineSettings } from './src/hook-engine.config.js';
import { HookEngineModule } from './src/hook-engine.module.js';

await runApp(() => {
  const settings = readHookEngineSettings();
  return { name: 'hook-engine', module: HookEngineModule.forSettings(settings), settings, errors: busErrors };
});
