"""Files and batches by the client of OpenAI: writes what came of them as one line of JSON."""

import json
import os
import sys

from openai import NotFoundError, OpenAI

model = sys.argv[1]
client = OpenAI(base_url=os.environ["GATEWAY_URL"] + "/v1", api_key=os.environ["GATEWAY_KEY"], max_retries=0)

file = client.files.create(file=("notes.txt", b"my notes"), purpose="user_data")
known = client.files.retrieve(file.id)
content = client.files.content(file.id).text
listed = [one.id for one in client.files.list(limit=1)]
deleted = client.files.delete(file.id).deleted
try:
    client.files.retrieve(file.id)
    missing = False
except NotFoundError:
    missing = True

lines = [
    json.dumps(
        {
            "custom_id": custom_id,
            "method": "POST",
            "url": "/v1/chat/completions",
            "body": {"model": model, "messages": [{"role": "user", "content": f"Hello {custom_id}"}]},
        }
    )
    for custom_id in ["one", "two"]
]
upload = client.files.create(file=("in.jsonl", "\n".join(lines).encode()), purpose="batch")
request = {"input_file_id": upload.id, "endpoint": "/v1/chat/completions", "completion_window": "24h"}
created = client.batches.create(**request, metadata={"run": "7"})
ended = client.batches.retrieve(created.id)
output = client.files.content(ended.output_file_id).text
canceled = client.batches.cancel(client.batches.create(**request).id)
batches = [one.id for one in client.batches.list(limit=1)]

print(
    json.dumps(
        {
            "name": known.filename,
            "content": content,
            "isListed": file.id in listed,
            "deleted": deleted,
            "missing": missing,
            "ids": [json.loads(line)["custom_id"] for line in output.strip().split("\n")],
            "metadata": ended.metadata,
            "status": ended.status,
            "canceled": canceled.status,
            "batches": len(batches),
        }
    )
)
