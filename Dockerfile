# One image for every role: docker run stetwatch run --config /etc/stetwatch/stetwatch.toml
FROM python:3.11-slim AS build
WORKDIR /src
COPY requirements.lock requirements-build.lock ./
RUN python -m venv /opt/stetwatch \
 && /opt/stetwatch/bin/pip install --no-cache-dir --require-hashes -r requirements.lock \
 && pip install --no-cache-dir --require-hashes -r requirements-build.lock
COPY pyproject.toml README.md LICENSE ./
COPY monitor monitor
COPY workers workers
COPY config config
RUN pip wheel --no-deps --no-build-isolation --wheel-dir /wheels . \
 && /opt/stetwatch/bin/pip install --no-cache-dir --no-deps /wheels/*.whl

FROM python:3.11-slim
RUN useradd --system --uid 10001 --home-dir /var/lib/stetwatch --create-home stetwatch
COPY --from=build /opt/stetwatch /opt/stetwatch
ENV PATH=/opt/stetwatch/bin:$PATH PYTHONUNBUFFERED=1 STETWATCH_DATA_DIR=/var/lib/stetwatch
USER stetwatch
VOLUME /var/lib/stetwatch
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=10s --start-period=20s CMD ["stetwatch", "healthcheck"]
ENTRYPOINT ["stetwatch"]
CMD ["run"]
