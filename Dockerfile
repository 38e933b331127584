# otherleg beside a gateway. Build: docker build --build-arg VERSION=0.1.0 --build-arg REVISION=$(git rev-parse HEAD) -t otherleg .
# A glibc base: @roamhq/wrtc has no binaries for musl (Alpine).

FROM node:24.21.0-bookworm-slim AS build
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
RUN ["npm", "ci", "--no-audit", "--no-fund"]
COPY tsconfig.json tsconfig.build.json ./
COPY .ci/page.ts .ci/bundle.ts .ci/
COPY src src
RUN ["npm", "run", "build"]
RUN ["npm", "prune", "--omit=dev", "--no-audit", "--no-fund"]

FROM node:24.21.0-bookworm-slim
# tini is process 1: it passes signals on and reaps the children that Node would leave behind.
# tcpdump is for sources.capture. Ambient capabilities do not reach a container's user, so the file has the right, for that user
# alone; without NET_RAW in the container's own set it cannot be started, and the agent says so (docs/capture.md).
RUN apt-get update \
    && apt-get install -y --no-install-recommends tini tcpdump libcap2-bin \
    && chgrp 65532 /usr/bin/tcpdump && chmod 0750 /usr/bin/tcpdump && setcap cap_net_raw+ep /usr/bin/tcpdump \
    && apt-get purge -y libcap2-bin \
    && rm -rf /var/lib/apt/lists/* \
    && rm -rf /usr/local/lib/node_modules /usr/local/bin/npm /usr/local/bin/npx /usr/local/bin/corepack /opt/yarn-* \
        /usr/local/bin/yarn /usr/local/bin/yarnpkg \
    && install -d -o 65532 -g 65532 -m 0700 /var/lib/otherleg /run/otherleg

COPY --from=build /build/package.json /opt/otherleg/
COPY --from=build /build/node_modules /opt/otherleg/node_modules
COPY --from=build /build/dist /opt/otherleg/dist
COPY bin /opt/otherleg/bin
COPY config /opt/otherleg/config
COPY LICENSE /opt/otherleg/

ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="otherleg" \
      org.opencontainers.image.description="Measures the media leg between a CVI gateway and its room device, and reports it to Microsoft Graph." \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"

# MALLOC_ARENA_MAX keeps the memory of the WebRTC child from growing with its threads.
ENV NODE_ENV=production MALLOC_ARENA_MAX=2
# The default store, sqlite:./otherleg.db, is in the volume.
WORKDIR /var/lib/otherleg
VOLUME /var/lib/otherleg
USER 65532:65532
STOPSIGNAL SIGTERM
# Where the control API listens elsewhere, set OTHERLEG_HEALTH_URL.
HEALTHCHECK --interval=30s --timeout=5s --start-period=10s --retries=3 \
    CMD ["node", "-e", "fetch(process.env.OTHERLEG_HEALTH_URL ?? 'http://127.0.0.1:7741/livez').then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["/usr/bin/tini", "--", "node", "--max-semi-space-size=1", "/opt/otherleg/bin/otherleg.js"]
CMD ["run", "--config", "/etc/otherleg/config.yaml"]
