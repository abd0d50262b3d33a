# The Celery application of the bench. `celery -A tasks worker` runs its jobs; `python3 tasks.py` enqueues: it reads
# `enqueue JOBS BATCH` or `send TIME` from each line of its input, and answers each with a line.
import os
import sys
import time

import redis
from celery import Celery, group

url = os.environ["REDIS_URL"]
app = Celery("tasks", broker=url)
app.conf.task_ignore_result = True
waits = redis.Redis.from_url(url)


@app.task
def noop(sent_at=None):
    if sent_at is not None:
        waits.rpush("bench:waits", time.time() * 1000 - sent_at)


if __name__ == "__main__":
    for line in sys.stdin:
        name, *words = line.split()
        if name == "send":
            noop.delay(float(words[0]))
        else:
            left, batch = int(words[0]), int(words[1])
            while left > 0:
                group(noop.s() for _ in range(min(batch, left))).apply_async()
                left -= batch
        print("done", flush=True)
