"""A project of somebody else's images that keep no contract: many ports or none, volumes, side-cars, every probe."""

from pathlib import Path

from support.project import Project

SYSTEM = """\
name: gallery
sizes:
  nano: { cpu: 10m, memory: 64Mi, memory_limit: 128Mi, ephemeral_storage: 64Mi }
  x-large: { cpu: "1", memory: 1Gi, memory_limit: 2Gi }
images:
  web: { registry: ghcr.io/gallery, repository: web, tag: 2026.11.3 }
  streaming: { registry: ghcr.io/gallery, repository: streaming, tag: v4.5.0-rc.1 }
  valkey: { registry: docker.io, repository: valkey/valkey, tag: "8.1" }
  exporter: { registry: docker.io, repository: oliver006/redis_exporter, tag: v1.80.0 }
  relay: { registry: quay.io, repository: gallery/relay, digest: "sha256:DIGEST" }
components:
  web:
    kind: service
    image: web
    size: x-large
    command: [bundle, exec, puma]
    args: [-C, config/puma.rb]
    working_dir: /srv/app
    ports:
      - name: http
        port: 3000
        service_port: 80
        service_port_name: web-http
        app_protocol: http
        additional_service_ports: [{ name: http-for-old-clients, port: 8080, app_protocol: kubernetes.io/h2c }]
      - { name: admin, port: 3001, service_port_name: web-admin }
    probes:
      startup: /health
      liveness: { http: { path: "/health?deep=1", port: admin, headers: { X-Probe: "yes" } }, period_seconds: 20 }
      readiness: { command: [test, -f, /srv/app/tmp/ready], failure_threshold: 1 }
    environment:
      rails_env: production
      EMPTY: ""
      LITERAL: costs $(NOTHING) {{ .Values.no }}
      DATABASE_PASSWORD: { secret: gallery-database, key: password }
      FLAVOUR: { config_map: site, key: flavour, optional: true }
      POD_IP: { field: status.podIP }
      MEMORY: { resource: limits.memory, divisor: 1Mi }
      ADVERTISED_URL: { expand: "http://$(POD_IP):3000" }
    environment_from:
      - { secret: gallery-settings, prefix: APP_ }
      - { config_map: site, optional: true }
    files:
      /srv/app/config/puma.rb: config/puma.rb
      /etc/gallery: config/settings
      /etc/banner.txt: { text: "Hello {{ visitor }}\\n", mode: 292 }
      /run/keys: { secret: gallery-keys, items: { id_rsa: key.pem }, mode: 256 }
      /etc/ssl/ca.pem: { config_map: company-ca, key: ca.pem }
    volumes:
      media: { size: 20Gi, access: ReadWriteMany, mount: /srv/app/media }
      cache: { empty: { size: 64Mi, memory: true }, mount: /srv/app/tmp }
      old: { claim: gallery-old, access: ReadOnlyMany, mount: { path: /srv/old, read_only: true, sub_path: photos } }
    init_containers:
      - name: migrate
        command: [bundle, exec, rails, db:migrate]
        environment: { rails_env: production, RAW: "$(HOME)" }
        environment_from: [{ secret: gallery-settings }]
        resources: { cpu: "2", memory: 3Gi }
      - name: tunnel
        image: relay
        size: nano
        side_car: true
        mounts: { cache: /shared }
        probes: { startup: { tcp: 9443 } }
    lifecycle: { pre_stop: [bin/quiet], termination_grace_seconds: 45 }
    security: { user: 991, group: 992, fs_group: 993, writable_root: "It compiles its assets when it starts." }
    placement:
      architecture: amd64
      tolerations: [{ key: dedicated, value: web, effect: NoSchedule }]
      nodes: [{ match: [{ key: disk, values: [ssd] }], weight: 50 }]
      near: [{ component: cache, place: topology.kubernetes.io/zone, weight: 10 }]
      apart: [{ component: web }]
      spread: [{ place: topology.kubernetes.io/zone, strict: true }]
    dns: { options: { ndots: "2" }, host_aliases: { 10.9.8.7: [old.gallery.example] } }
    service: { annotations: { team: web }, labels: { tier: front }, client_affinity: true }
    routes:
      site: { subdomains: [www], paths: [/, /assets] }
      alt: { port: http-for-old-clients, subdomains: [alt] }
      admin:
        port: admin
        subdomains: [admin]
        annotations: { nginx.ingress.kubernetes.io/whitelist-source-range: 10.0.0.0/8 }
    autoscaling:
      cpu_percent: null
      metrics: [{ name: requests_per_second, average: "40" }]
      up: { pods: 2, period_seconds: 30 }
    labels: { team: web }
    annotations: { sidecar.istio.io/inject: "false" }
    reaches: [cache, streaming]
  streaming:
    kind: service
    image: streaming
    ports:
      - { name: grpc, port: 50051, app_protocol: kubernetes.io/h2c }
    probes: { liveness: { grpc: 50051 }, readiness: { grpc: { service: ready } } }
    security: { image_user: true }
    routes: { grpc: { protocol: grpc, subdomains: [grpc] } }
    rules: [{ verbs: [get, list], resources: [endpoints] }]
    reaches: [cache]
    update: { max_surge: 25%, max_unavailable: 1, min_ready_seconds: 5 }
  jobs:
    kind: service
    image: web
    command: [bundle, exec, sidekiq]
    environment: { rails_env: production }
    probes: { liveness: { command: [bin/alive] } }
    autoscaling:
      cpu_percent: null
      triggers: [{ type: redis, metadata: { address: "cache:6379", listName: jobs, listLength: "5" } }]
    service_account: shared-account
    pull_secrets: [ghcr]
    reaches: [cache]
  cache:
    kind: service
    image: valkey
    size: nano
    ports: [{ name: valkey, port: 6379 }]
    metrics: { port: scrape, path: /scrape, labels: { release: kube-prometheus-stack } }
    probes: { startup: { tcp: valkey }, readiness: { command: [valkey-cli, ping], timeout_seconds: 1 } }
    volumes: { data: { size: 2Gi, mount: /data } }
    side_cars:
      - name: exporter
        image: exporter
        size: nano
        ports: [{ name: scrape, port: 9121, service_port_name: exporter }]
  relay:
    kind: service
    image: relay
    size: nano
    ports:
      - { name: game, port: 7777, protocol: UDP, additional_service_ports: [{ name: game-old, port: 7000 }] }
      - { name: tls, port: 8443 }
    security:
      user: 0
      root: It opens raw sockets.
      capabilities: { NET_RAW: "It sends its own packets.", NET_BIND_SERVICE: It listens below 1024. }
    volumes:
      devices: { host: { path: /dev/net, type: Directory, reason: "It makes a TUN device." }, mount: /dev/net }
    routes:
      game: { protocol: udp, port: game, external_port: 777, source_ranges: [203.0.113.0/24] }
      old: { protocol: udp, port: game-old }
      secure: { protocol: tls, port: tls, subdomains: [secure] }
    resources: { cpu: 50m, memory: 96Mi, cpu_limit: "1", extended: { gallery.example/tun: "1" } }
  sweep:
    kind: job
    image: web
    command: [bin/sweep]
    schedule: "0 4 * * *"
    time_zone: Europe/Zurich
    concurrency: Replace
    parallelism: 2
    completions: 4
    retries: 1
    deadline_seconds: null
    restart: OnFailure
    volumes: { work: { empty: {}, mount: /work } }
    init_containers: [{ name: fetch, command: [bin/fetch], mounts: { work: /work } }]
    reaches: [cache]
""".replace("DIGEST", "a" * 64)

HOME = """\
target: local
domain: gallery.localhost
registry: registry.gallery.example
release: { version: 1.0.0 }
size: nano
cluster:
  kubernetes_version: "1.34"
  context: kind-gallery
  ingress_class: nginx
owners: [people@gallery.example]
components:
  web: { replicas: { min: 1, max: 1 } }
  jobs: { replicas: { min: 0, max: 0 } }
"""

BIG = """\
extends: home
domain: gallery.big.example
cluster:
  context: big
  addons: { prometheus_operator: true, keda: true, cert_manager: true }
components:
  web:
    replicas: { min: 2, max: 9 }
    environment: { rails_env: staging, EMPTY: null, EXTRA: more }
    probes: { startup: null, readiness: { http: /ready } }
    routes: { admin: null, site: { hosts: [gallery.example] } }
    resources: { memory: 4Gi }
    placement: { architecture: arm64 }
  jobs: { replicas: { min: 0, max: 5 } }
  streaming: { replicas: { min: 2, max: 2 }, autoscaling: { recommend: true } }
"""


def foreign_project(root: Path) -> Project:
    """Return the project: environments ``home``, a laptop's, and ``big``, with more add-ons and more of everything."""
    project = Project(root)
    project.write_system(SYSTEM)
    project.write_environment("home", HOME)
    project.write_environment("big", BIG)
    for name, text in {
        "config/puma.rb": "workers 2\n",
        "config/settings/a.yml": "a: 1\n",
        "config/settings/b.yml": "b\n",
    }.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return project
