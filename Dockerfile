# One recipe for every service: docker build --build-arg SERVICE=gateway .
# SERVICE is a folder below services/; the image holds that service and its production dependencies only.
FROM node:24-bookworm-slim AS build
ARG SERVICE
WORKDIR /workspace
COPY package.json pnpm-lock.yaml pnpm-workspace.yaml .pnpmfile.cjs tsconfig.base.json ./
COPY packages packages
COPY services services
COPY scripts scripts
RUN npx --yes pnpm@12.21.0 install --frozen-lockfile \
 && node_modules/.bin/tsc -b "services/${SERVICE}" \
 && if [ "${SERVICE}" = dashboard ]; then npm run build:pages; fi \
 && npx --yes pnpm@12.21.0 deploy --filter "@engagetrack/${SERVICE}" --prod /out

FROM node:24-bookworm-slim
ENV NODE_ENV=production HOST=0.0.0.0
WORKDIR /service
COPY --from=build /out ./
USER node
# SIGTERM drains: requests in progress are answered, then the process exits 0.
STOPSIGNAL SIGTERM
CMD ["node", "dist/main.js"]
