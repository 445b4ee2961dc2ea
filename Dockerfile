# One image for every service of docker-compose.yml. The worker builds Rabbit or CPython, so it needs a compiler.
FROM python:3.12-slim-bookworm

RUN apt-get update \
 && apt-get install --yes --no-install-recommends gcc git libc6-dev make \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --create-home --uid 1000 camelot \
 && install --directory --owner camelot /data

WORKDIR /camelot
COPY requirements.lock ./
RUN pip install --no-cache-dir --disable-pip-version-check --require-hashes -r requirements.lock
COPY . .
RUN pip install --no-cache-dir --disable-pip-version-check --no-deps --no-build-isolation -e .

USER camelot
ENV CAMELOT_DATA=/data PYTHONUNBUFFERED=1
VOLUME /data
ENTRYPOINT ["camelot"]
CMD ["--help"]
