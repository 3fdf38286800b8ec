"use strict";

const { ApiObject, JsonPatch } = require("cdk8s");

/**
 * An ApiObject from the JSON text of a whole object.
 *
 * `metadata` stays cdk8s's own. The other fields are patches: cdk8s adds those as they are, while it would look for
 * tokens in every leaf of a property.
 */
class Manifest extends ApiObject {
  constructor(scope, id, text) {
    const { apiVersion, kind, metadata, ...fields } = JSON.parse(text);
    super(scope, id, { apiVersion, kind, metadata });
    this.addJsonPatch(...Object.entries(fields).map(([field, value]) => JsonPatch.add(`/${field}`, value)));
  }
}

exports.Manifest = Manifest;
