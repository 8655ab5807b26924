"use strict"
/* oxlint-disable typescript/no-require-imports -- undici is CommonJS, and `FormData` is for few */
// What the bundle of the command line has of undici. Its own index also loads a browser's `fetch`, web sockets and caches,
// and mocks of all of them.
const Dispatcher = require("undici/lib/dispatcher/dispatcher.js")

Object.assign(Dispatcher.prototype, require("undici/lib/api/index.js"))

module.exports = {
  Dispatcher,
  Agent: require("undici/lib/dispatcher/agent.js"),
  EnvHttpProxyAgent: require("undici/lib/dispatcher/env-http-proxy-agent.js"),
  get FormData() {
    return require("undici/lib/web/fetch/formdata.js").FormData
  }
}
