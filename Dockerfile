# One image for every part; the command says which: alerts web, alerts worker, alerts beat, alerts db upgrade.

FROM python:3.13-slim AS build
WORKDIR /build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_NO_INPUT=1
RUN python -m venv /opt/alerts
COPY requirements.lock ./
RUN /opt/alerts/bin/pip install --require-hashes -r requirements.lock
COPY pyproject.toml README.md LICENSE ./
COPY templates templates
COPY alerts alerts
RUN /opt/alerts/bin/pip install --no-deps --no-build-isolation .

FROM python:3.13-slim
RUN useradd --system --user-group --uid 10001 --create-home --home-dir /var/lib/alerts alerts
COPY --from=build /opt/alerts /opt/alerts
ENV PATH=/opt/alerts/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    ALERTS_HOME=/var/lib/alerts \
    ALERTS_HTTP_HOST=0.0.0.0 \
    ALERTS_HTTP_PORT=8000
USER alerts
WORKDIR /var/lib/alerts
EXPOSE 8000
# For the default command. Who runs another part says how that one is checked, as docker-compose.yml does.
HEALTHCHECK --interval=15s --timeout=10s --start-period=30s --retries=4 \
    CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8000/readyz', timeout=8)"]
CMD ["alerts", "web"]
