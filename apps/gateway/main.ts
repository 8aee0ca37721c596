import 'reflect-metadata';
import { busErrors } from '#contracts/errors.js';
import { runApp } from '#platform/bootstrap.js';
import { readGatewaySettings } from './src/gateway.config.js';
import { drainGateway, GatewayModule, prepareGateway } from './src/gateway.module.js';

await runApp(() => {
  const settings = readGatewaySettings();
  return {
    name: 'gateway',
    module: GatewayModule.forSettings(settings),
    settings,
    errors: busErrors,
    port: settings.PORT,
    prepare: prepareGateway,
    drain: drainGateway,
  };
});
