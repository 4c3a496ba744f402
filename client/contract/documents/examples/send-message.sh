queue=$(aws ssm get-parameter --name /camunda-unassign/prod/queue-url --query Parameter.Value --output text)
aws sqs send-message --queue-url "$queue" --message-body '{"userTaskKey":"2251799813685249"}'
