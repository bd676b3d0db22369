FROM python:3.11-slim

ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PIP_NO_CACHE_DIR=1

WORKDIR /app
COPY requirements.lock ./
RUN pip install --require-hashes --requirement requirements.lock

COPY . .
RUN pip install --no-deps --no-build-isolation --editable .

# A person without rights, and one folder that is theirs: the SQLite file, where no DATABASE_URL names a server.
RUN useradd --system --create-home overture && install --directory --owner overture /data
USER overture
WORKDIR /data
VOLUME /data
ENV PORT=3000
EXPOSE 3000

HEALTHCHECK --interval=10s --timeout=3s --start-period=20s \
    CMD ["python", "-c", "import os, urllib.request; urllib.request.urlopen('http://127.0.0.1:' + os.environ['PORT'] + '/healthz', timeout=2)"]

CMD ["overture", "run"]
