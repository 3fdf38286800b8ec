"use strict";

const engine = require(Object.keys(require("./package.json").dependencies)[0]);

/** A resource whose address is said when it is made. */
class Resource extends engine.TerraformResource {
  constructor(scope, id, terraformResourceType, name) {
    super(scope, id, { terraformResourceType });
    this.overrideLogicalId(name);
  }
}

/** A data source whose address is said when it is made. */
class DataSource extends engine.TerraformDataSource {
  constructor(scope, id, terraformResourceType, name) {
    super(scope, id, { terraformResourceType });
    this.overrideLogicalId(name);
  }
}

module.exports = { DataSource, Resource };
