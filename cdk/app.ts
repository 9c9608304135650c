// What `cdk` runs: both stacks of one deployment stage, `-c stage=<name>`; with `-c bundle=off` templates alone.

import { App } from 'aws-cdk-lib';
import { addStacks } from './stacks.ts';
import { readStage } from './stage-settings.ts';

const app = new App();
const name: unknown = app.node.tryGetContext('stage');
if (typeof name !== 'string') throw new Error('say which deployment stage: -c stage=<name of a file in cdk/stages>');
if (app.node.tryGetContext('bundle') === 'off') app.node.setContext('aws:cdk:bundling-stacks', []);
addStacks(app, readStage(name));
