# The service on Alpine (musl): has a shell and pg_dump, so it makes backups of Postgres by itself.
#   docker build -t bunkhouse:alpine -f deploy/docker/alpine.Dockerfile .
ARG BUN_VERSION=1.4.5

# Runs on the machine that builds, also for another processor: Bun builds for all of them.
FROM --platform=$BUILDPLATFORM oven/bun:${BUN_VERSION}-slim AS build
WORKDIR /build
COPY package.json bun.lock bunfig.toml ./
RUN --mount=type=cache,target=/root/.bun/install/cache \
    bun install --frozen-lockfile --ignore-scripts
ARG APP_VERSION
ARG TARGETARCH
COPY . .
RUN --mount=type=cache,target=/root/.bun/install/cache \
    case $TARGETARCH in amd64) target=bun-linux-x64-musl ;; *) target=bun-linux-$TARGETARCH-musl ;; esac \
 && APP_VERSION=$APP_VERSION bun scripts/build.ts --target "$target" --outfile /out/bunkhouse
# Agents and jobs of this folder go with it, and the packages of a package.json of their own.
RUN --mount=type=cache,target=/root/.bun/install/cache \
    mkdir -p agents jobs /out/app /out/data \
 && for folder in agents jobs; do \
      if [ -f "$folder/package.json" ]; then (cd "$folder" && bun install --production --ignore-scripts) || exit 1; fi; \
    done \
 && mv agents jobs /out/app/ && ln -s /data /out/app/data

FROM alpine:3.22
ARG APP_VERSION
ARG REVISION
ARG SOURCE_URL
LABEL org.opencontainers.image.title="Bunkhouse" \
      org.opencontainers.image.description="A self-hosted home for AI agents: durable runs, queue, schedules and operations in one process" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.version="${APP_VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.source="${SOURCE_URL}"
RUN apk add --no-cache ca-certificates libstdc++ postgresql17-client tzdata
COPY --from=build /out/bunkhouse /usr/local/bin/bunkhouse
COPY --from=build /out/app /app
COPY --from=build --chown=65532:65532 /out/data /data
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
