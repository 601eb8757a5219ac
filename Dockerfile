# syntax=docker/dockerfile:1
# The app alone; compose.yaml puts two of them behind nginx. No fonts: every text is set by the reader's browser.

FROM python:3.11-slim-bookworm AS packages
SHELL ["/bin/bash", "-o", "pipefail", "-c"]
RUN python -m venv /opt/venv
ENV PATH=/opt/venv/bin:$PATH PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /tmp
COPY requirements.txt .
# torch alone from its own index, in the pinned version: the wheel of PyPI carries gigabytes for GPUs.
RUN grep '^torch==' requirements.txt > torch.txt \
 && pip install --index-url https://download.pytorch.org/whl/cpu -r torch.txt \
 && pip install -r requirements.txt

FROM python:3.11-slim-bookworm
COPY --from=packages /opt/venv /opt/venv
ENV PATH=/opt/venv/bin:$PATH PYTHONUNBUFFERED=1 HOME=/tmp
WORKDIR /app
COPY app.py LICENSE ./
COPY .streamlit .streamlit
COPY blocks blocks
COPY explainer explainer
COPY ui ui
COPY pages pages
RUN python -m compileall -q . && useradd --system --no-create-home --uid 10001 blocklens
USER 10001
EXPOSE 8501
HEALTHCHECK --interval=30s --timeout=5s --start-period=90s --retries=3 \
  CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8501/healthz', timeout=4)"]
CMD ["streamlit", "run", "app.py", "--server.headless=true", "--server.address=0.0.0.0", "--server.port=8501"]
