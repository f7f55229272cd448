// AWS's Node runtime in small: polls the Runtime API and calls the handler.
'use strict';
const http = require('http');
const https = require('https');
const path = require('path');
const { pathToFileURL } = require('url');

const [host, port] = process.env.AWS_LAMBDA_RUNTIME_API.split(':');

// A handler that answers a loopback address (CloudFormation's ResponseURL) speaks HTTPS, as it would in AWS.
const secureRequest = https.request;
https.request = (options, ...rest) => {
  const target = typeof options === 'string' ? new URL(options) : options;
  if (!['127.0.0.1', 'localhost'].includes(target.hostname)) return secureRequest(options, ...rest);
  return http.request({
    hostname: target.hostname,
    port: target.port || new URL(process.env.AWS_ENDPOINT_URL).port,
    path: target.path || target.pathname + target.search,
    method: target.method,
    headers: target.headers,
  }, ...rest);
};

function call(method, resource, body) {
  return new Promise((resolve, reject) => {
    const headers = body === undefined ? {} : { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) };
    const request = http.request({ host, port, method, path: `/2018-06-01/runtime${resource}`, headers }, (response) => {
      const chunks = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.on('end', () => resolve({ status: response.statusCode, headers: response.headers, body: Buffer.concat(chunks).toString() }));
    });
    request.on('error', reject);
    request.end(body);
  });
}

function failure(error) {
  const stack = String(error.stack || '').split('\n');
  return JSON.stringify({ errorType: error.name || 'Error', errorMessage: error.message || String(error), trace: stack });
}

async function load() {
  const [, file, name] = process.env._HANDLER.match(/^(.*)\.([^.]+)$/);
  const base = path.resolve(process.env.LAMBDA_TASK_ROOT, file);
  let module;
  try {
    module = require(base);
  } catch (error) {
    if (error.code !== 'ERR_REQUIRE_ESM' && error.code !== 'MODULE_NOT_FOUND') throw error;
    module = await import(pathToFileURL(`${base}.mjs`)).catch(() => { throw error; });
  }
  if (typeof module[name] !== 'function') {
    throw Object.assign(new Error(`${process.env._HANDLER} is undefined or not exported`), { name: 'Runtime.HandlerNotFound' });
  }
  return module[name];
}

function context(headers) {
  return {
    callbackWaitsForEmptyEventLoop: true,
    awsRequestId: headers['lambda-runtime-aws-request-id'],
    invokedFunctionArn: headers['lambda-runtime-invoked-function-arn'],
    functionName: process.env.AWS_LAMBDA_FUNCTION_NAME,
    functionVersion: process.env.AWS_LAMBDA_FUNCTION_VERSION,
    memoryLimitInMB: process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    logGroupName: process.env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: process.env.AWS_LAMBDA_LOG_STREAM_NAME,
    getRemainingTimeInMillis: () => Number(headers['lambda-runtime-deadline-ms']) - Date.now(),
  };
}

function run(handler, event, about) {
  if (handler.length < 3) return Promise.resolve().then(() => handler(event, about));
  return new Promise((resolve, reject) => {
    handler(event, about, (error, result) => (error ? reject(error) : resolve(result)));
  });
}

async function main() {
  let handler;
  try {
    handler = await load();
  } catch (error) {
    if (error.code === 'MODULE_NOT_FOUND') error.name = 'Runtime.ImportModuleError';
    console.error(error);
    await call('POST', '/init/error', failure(error));
    process.exit(1);
  }
  for (;;) {
    const next = await call('GET', '/invocation/next');
    if (next.status !== 200) process.exit(0);
    const about = context(next.headers);
    try {
      const result = await run(handler, JSON.parse(next.body), about);
      await call('POST', `/invocation/${about.awsRequestId}/response`, JSON.stringify(result === undefined ? null : result));
    } catch (error) {
      console.error(error);
      await call('POST', `/invocation/${about.awsRequestId}/error`, failure(error));
    }
  }
}

main();
