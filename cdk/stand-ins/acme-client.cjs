// Of acme-client the one class the service uses; its index also loads node-forge, which signs nothing here.

exports.Client = require('../../node_modules/acme-client/src/client.js');
