import json
from datetime import datetime, timedelta, timezone

import boto3

parameter = boto3.client("ssm").get_parameter(Name="/camunda-unassign/prod/queue-url")
expires_at = datetime.now(timezone.utc) + timedelta(hours=2)

boto3.client("sqs").send_message(
    QueueUrl=parameter["Parameter"]["Value"],
    MessageBody=json.dumps(
        {
            "userTaskKey": "2251799813685249",
            "expiresAt": expires_at.isoformat(),
            # Only while this person has the task.
            "expectedAssignee": "demo",
        }
    ),
)
