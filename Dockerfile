# One image for `palier serve`, `palier work` and `palier migrate`. Python is the version the tests run on.

FROM node:22-slim AS front
WORKDIR /src
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY build.mjs ./
COPY web/client web/client
COPY web/static web/static
COPY partners/client partners/client
RUN npm run --silent build

FROM python:3.11-slim AS package
WORKDIR /src
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
COPY requirements requirements
RUN python -m venv /opt/build \
 && /opt/build/bin/pip install --quiet --require-hashes -r requirements/build.txt \
 && python -m venv /opt/palier \
 && /opt/palier/bin/pip install --quiet --require-hashes -r requirements/runtime.txt
COPY pyproject.toml README.md .gitignore ./
COPY alembic alembic
COPY backend backend
COPY partners partners
COPY web web
COPY --from=front /src/web/static/build web/static/build
RUN /opt/build/bin/hatchling build --target wheel \
 && /opt/palier/bin/pip install --quiet --no-deps dist/*.whl \
 && /opt/palier/bin/pip uninstall --quiet --yes pip

FROM python:3.11-slim
RUN useradd --system --uid 10001 --create-home --home-dir /var/lib/palier palier
COPY --from=package /opt/palier /opt/palier
ENV PATH=/opt/palier/bin:$PATH PALIER_HOME=/var/lib/palier PYTHONUNBUFFERED=1
USER palier
WORKDIR /var/lib/palier
EXPOSE 8000
# Live, not ready: a database that is away is no reason to kill the page that says so.
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s --retries=3 \
  CMD ["python", "-c", "import os, urllib.request as u; u.urlopen(f'http://127.0.0.1:{os.environ.get(\"PALIER_PORT\") or 8000}/health', timeout=2)"]
CMD ["palier", "serve"]
