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
    const { toBeWritten } = this;
    this.toBeWritten = undefined;
    return toBeWritten ?? super.toJson();
  }

  /** Returns the JSON text of all that a scope holds, by kind and name; the synthesis that follows need not ask again. */
  static toBeWritten(scope) {
    const objects = {};
    for (const object of scope.node.findAll().filter(ApiObject.isApiObject)) {
      const json = object.toJson();
      objects[`${json.kind}.${json.metadata.name}`] = json;
      if (object instanceof Manifest) object.toBeWritten = json;
    }
    return JSON.stringify(objects);
  }
}

module.exports = { Manifest };
