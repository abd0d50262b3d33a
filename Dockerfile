# The service as one binary in an image without a shell: docs/deploy/docker.md. Needs Docker 25 or newer.
#   docker build -t bunkhouse .
#   docker build -t bunkhouse:backup --target backup .     the same with pg_dump, for backups of Postgres
ARG BUN_VERSION=1.4.5

# Runs on the machine that builds, also for another processor: Bun builds for all of them.
FROM --platform=$BUILDPLATFORM oven/bun:${BUN_VERSION}-slim AS build
WORKDIR /build
COPY package.json bun.lock bunfig.toml ./
RUN --mount=type=cache,target=/root/.bun/install/cache \
    bun install --frozen-lockfile --ignore-scripts
# Says what runs: /health and the log show it.
ARG APP_VERSION
ARG BUILDARCH
ARG TARGETARCH
COPY . .
RUN --mount=type=cache,target=/root/.bun/install/cache \
    case $TARGETARCH in amd64) target=bun-linux-x64 ;; *) target=bun-linux-$TARGETARCH ;; esac \
 && if [ "$TARGETARCH" = "$BUILDARCH" ]; then target=; fi \
 && APP_VERSION=$APP_VERSION bun scripts/build.ts ${target:+--target "$target"} --outfile /out/bunkhouse
# Agents and jobs of this folder go with it, and the packages of a package.json of their own.
RUN --mount=type=cache,target=/root/.bun/install/cache \
    mkdir -p agents jobs /out/app /out/data \
 && for folder in agents jobs; do \
      if [ -f "$folder/package.json" ]; then (cd "$folder" && bun install --production --ignore-scripts) || exit 1; fi; \
    done \
 && mv agents jobs /out/app/ && ln -s /data /out/app/data

# pg_dump and pg_restore are Postgres' own, and of its version.
FROM debian:trixie-slim AS backup
RUN apt-get update \
 && apt-get install -y --no-install-recommends postgresql-client-17 ca-certificates \
 && rm -rf /var/lib/apt/lists/*
COPY --from=build /out/bunkhouse /usr/local/bin/bunkhouse
COPY --from=build /out/app /app
# New volumes take their owner from here.
COPY --from=build --chown=65532:65532 /out/data /data
COPY --from=build --chown=65532:65532 /out/data /backups
ENV ENVIRONMENT=production TMPDIR=/data SQLITE_TMPDIR=/data
USER 65532:65532
WORKDIR /app
VOLUME ["/data", "/backups"]
ENTRYPOINT ["/usr/local/bin/bunkhouse"]
CMD ["backup", "/backups/"]

FROM gcr.io/distroless/cc-debian12:nonroot
ARG APP_VERSION
ARG REVISION
ARG SOURCE_URL
LABEL org.opencontainers.image.title="Bunkhouse" \
      org.opencontainers.image.description="A self-hosted home for AI agents: durable runs, queue, schedules and operations in one process" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.version="${APP_VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.source="${SOURCE_URL}"
COPY --from=build /out/bunkhouse /usr/local/bin/bunkhouse
COPY --from=build /out/app /app
# A new volume takes its owner from here.
COPY --from=build --chown=65532:65532 /out/data /data
# The only place that is written to (/app/data leads there), also for what SQLite and restores put aside.
ENV ENVIRONMENT=production TMPDIR=/data SQLITE_TMPDIR=/data
USER 65532:65532
WORKDIR /app
VOLUME /data
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=6s --start-period=60s --start-interval=500ms --retries=3 \
  CMD ["/usr/local/bin/bunkhouse", "healthcheck"]
ENTRYPOINT ["/usr/local/bin/bunkhouse"]
CMD ["serve"]
