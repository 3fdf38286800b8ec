# The images for `docker buildx bake`; docker/build.sh sets the variables and calls this.

variable "REGISTRY" { default = "localhost/quantacirc" }
variable "TAGS" { default = "latest" }
variable "VERSION" { default = "" }
variable "REVISION" { default = "" }
variable "SOURCE" { default = "" }
variable "SOURCE_DATE_EPOCH" { default = "0" }
variable "PLATFORMS" { default = "" }
variable "WHEELHOUSE" { default = "wheelhouse" }
variable "QUANTACIRC_SHA256" { default = "" }
variable "BASE_IMAGE" { default = "" }
variable "PUSH" { default = "false" }

function "tags" {
  params = [image]
  result = formatlist("${REGISTRY}/${image}:%s", split(",", TAGS))
}

# Docker itself holds no index of several platforms: until it is pushed, it is in the builder's cache.
function "local_output" {
  params = []
  result = "${length(split(",", PLATFORMS)) > 1 ? "type=image,push=false" : "type=docker"},rewrite-timestamp=true"
}

group "default" {
  targets = ["base", "agents", "cli", "monitoring"]
}

target "_common" {
  context   = "docker"
  platforms = compact(split(",", PLATFORMS))
  args = {
    BASE_IMAGE        = BASE_IMAGE
    VERSION           = VERSION
    REVISION          = REVISION
    SOURCE            = SOURCE
    SOURCE_DATE_EPOCH = SOURCE_DATE_EPOCH
  }
  contexts = { wheelhouse = WHEELHOUSE }
  # buildx would add provenance with the time of the build, which gives each build another digest. build.sh writes the
  # bill of materials and the provenance, and the release signs them.
  attest = ["type=provenance,disabled=true", "type=sbom,disabled=true"]
  output = [PUSH == "true" ? "type=image,push=true,rewrite-timestamp=true" : local_output()]
}

target "base" {
  inherits   = ["_common"]
  dockerfile = "Dockerfile.base"
  tags       = tags("base")
}

target "_application" {
  inherits = ["_common"]
  args     = { QUANTACIRC_SHA256 = QUANTACIRC_SHA256 }
  contexts = { runtime = "target:base" }
}

target "agents" {
  inherits   = ["_application"]
  dockerfile = "Dockerfile.agents"
  tags       = tags("agents")
}

target "cli" {
  inherits   = ["_application"]
  dockerfile = "Dockerfile.cli"
  tags       = tags("cli")
}

target "monitoring" {
  inherits   = ["_application"]
  dockerfile = "Dockerfile.monitoring"
  tags       = tags("monitoring")
}
