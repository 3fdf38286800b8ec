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

  toJson() {
    this.written = super.toJson();
    return this.written;
  }

  /** Returns the JSON text of all that a scope holds, by kind and name: what the last synthesis wrote. */
  static written(scope) {
    const objects = scope.node.findAll().filter(ApiObject.isApiObject);
    const written = objects.map((object) => object.written ?? object.toJson());
    return JSON.stringify(Object.fromEntries(written.map((object) => [`${object.kind}.${object.metadata.name}`, object])));
  }
}

module.exports = { Manifest };
