# midframe on NVIDIA GPUs, with the app. Checked by hadolint and never built or run: this needs PyTorch's build for CUDA
# and a GPU. containers/cpu.Dockerfile, which is the same but for PyTorch, has been built and run.
#
# Build it in the root of the repository, with the wheel for Linux on x86-64 in dist/:
#
#   docker build --file containers/cuda.Dockerfile --tag midframe:cuda .
#
# PyTorch's wheels bring CUDA's libraries, so the base needs none; the driver comes from the host (`--gpus all`).
# How to run it: docs/how-to/container.md.

# Debian 13 with Python 3.13.15; the digest is of the index of all platforms.
FROM docker.io/library/python:3.13-slim-trixie@sha256:9d2e5553305c7c7b0097999bb17187c69b921ccd6bc9d40e4bb5ebe652c00285 AS python

FROM python AS installation
ARG EXTRAS=app,torch
COPY constraints.txt dist/midframe-*.whl /wheel/
# Only wheels: nothing is compiled, so that no compiler is needed here either. pip stays, as it fetches weights.
# dist/ may hold wheels for other processors, too.
RUN python3 -m venv /opt/midframe \
    && wheel="$(ls /wheel/midframe-*_"$(uname --machine)".whl)" \
    && /opt/midframe/bin/python -m pip install --no-cache-dir --only-binary :all: \
        --constraint /wheel/constraints.txt "${wheel}[${EXTRAS}]" \
    && /opt/midframe/bin/python -m pip check

FROM python
COPY --from=installation /opt/midframe /opt/midframe

# Writable for everyone, as /tmp is: `docker run --user` may name any user, and a new volume takes this mode over.
RUN mkdir --mode=1777 /cache \
    && mkdir --mode=1777 /data

# HOME is for libraries that keep settings. The user has no entry in /etc/passwd, as none does that --user names.
ENV PATH=/opt/midframe/bin:$PATH \
    HOME=/tmp \
    USER=midframe \
    MIDFRAME_CACHE=/cache \
    PYTHONUNBUFFERED=1 \
    NVIDIA_VISIBLE_DEVICES=all \
    NVIDIA_DRIVER_CAPABILITIES=compute,utility
VOLUME /cache
WORKDIR /data
EXPOSE 8017
USER 1000:1000
ENTRYPOINT ["midframe"]
CMD ["--help"]

ARG VERSION=unknown
ARG REVISION=unknown
LABEL org.opencontainers.image.title="midframe" \
    org.opencontainers.image.description="Frame interpolation for image sequences and video, on NVIDIA GPUs" \
    org.opencontainers.image.licenses="MIT" \
    org.opencontainers.image.version="${VERSION}" \
    org.opencontainers.image.revision="${REVISION}"
