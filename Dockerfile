# One image for master, worker, local hub and the example of a pipeline:
#
#   docker run --rm paysim worker --master-host …     docker run --rm paysim localhub
#   docker run --rm -v "$PWD/config:/app/config:ro" -p 127.0.0.1:8089:8089 paysim master
#   docker run --rm paysim paysim --help              any other command runs as it is
#
# docker-compose.yml puts them together; docs/DISTRIBUTED.md says what for.

# The first stage has a compiler: Qpid Proton, which the local hub needs, has no wheel.
FROM python:3.11-slim AS wheels
RUN apt-get update \
 && apt-get install --yes --no-install-recommends gcc g++ libc6-dev libssl-dev python3-dev \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /src
# The dependencies first: they stay cached while paysim changes.
COPY pyproject.toml requirements.txt README.md LICENSE THIRD_PARTY.md ./
RUN pip wheel --no-cache-dir --wheel-dir /wheels '.[localhub,example]' && rm /wheels/paysim-*
COPY paysim paysim
RUN pip wheel --no-cache-dir --no-deps --wheel-dir /wheels . \
 && python -m venv /opt/paysim \
 && /opt/paysim/bin/pip install --no-cache-dir --no-index --find-links /wheels 'paysim[localhub,example]' \
 && /opt/paysim/bin/python -m compileall -q /opt/paysim/lib

FROM python:3.11-slim
RUN groupadd --gid 1000 paysim \
 && useradd --uid 1000 --gid 1000 --no-create-home --home-dir /app --shell /usr/sbin/nologin paysim \
 && mkdir -p /app/output \
 && chown paysim:paysim /app/output
COPY --from=wheels /opt/paysim /opt/paysim
COPY docker/entrypoint.py docker/health.py docker/prepare.sh /usr/local/lib/paysim/
COPY locustfiles /app/locustfiles
COPY examples /app/examples
ENV PATH=/opt/paysim/bin:$PATH PYTHONUNBUFFERED=1
WORKDIR /app
# By number, so that Kubernetes' runAsNonRoot can tell.
USER 1000:1000
EXPOSE 8089
HEALTHCHECK --interval=5s --timeout=6s --start-period=60s --retries=3 \
  CMD ["python", "/usr/local/lib/paysim/health.py"]
ENTRYPOINT ["python", "/usr/local/lib/paysim/entrypoint.py"]
CMD ["master"]
