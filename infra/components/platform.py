"""The partner's platform as a service of containers."""

from __future__ import annotations

from typing import Any

import pulumi
import pulumi_aws as aws

from infra.components.balancer import Balancer
from infra.components.base import Component, Place
from infra.components.data import CACHE_PORT, POSTGRES_PORT, Data
from infra.components.keys import Keys
from infra.components.network import Network
from infra.components.policy import allow, document, trust
from infra.components.storage import Storage

_KEEP = 20


class Platform(Component):
    """ECS on Fargate behind the balancer: image registry, roles, logs, service, scaling."""

    manifest_key = "platform"
    classification = "personal"

    def __init__(
        self,
        place: Place,
        network: Network,
        data: Data,
        balancer: Balancer,
        storage: Storage,
        keys: Keys,
    ) -> None:
        super().__init__(place)
        self.repository = self._repository(keys)
        self.group = self._group(network, data, balancer)
        self.log_group = aws.cloudwatch.LogGroup(
            "platform",
            name=f"/{place.prefix}/platform",
            retention_in_days=90,
            kms_key_id=keys.logs.arn,
            opts=self.child(),
        )
        self.task_role = self._task_role(storage, keys)
        self.cluster = aws.ecs.Cluster(
            "platform",
            name=f"{place.prefix}-platform",
            settings=[{"name": "containerInsights", "value": "enabled"}],
            opts=self.child(),
        )
        task = self._task(data, self._execution_role(data, keys))
        self.service = self._service(network, balancer, task)
        self._scaling()
        self.done()

    def _repository(self, keys: Keys) -> aws.ecr.Repository:
        production = self.place.country.production
        repository = aws.ecr.Repository(
            "platform",
            name=f"{self.place.prefix}/platform",
            image_tag_mutability="IMMUTABLE",
            image_scanning_configuration={"scan_on_push": True},
            encryption_configurations=[{"encryption_type": "KMS", "kms_key": keys.data.arn}],
            force_delete=not production,
            opts=self.child(),
        )
        aws.ecr.LifecyclePolicy(
            "platform",
            repository=repository.name,
            policy=pulumi.Output.json_dumps({"rules": [_keep_the_newest()]}),
            opts=self.child(),
        )
        return repository

    def _group(self, network: Network, data: Data, balancer: Balancer) -> aws.ec2.SecurityGroup:
        """Tasks hear the balancer only; stores hear the tasks only."""
        port = self.place.country.platform.port
        tasks = aws.ec2.SecurityGroup(
            "tasks",
            name=f"{self.place.prefix}-tasks",
            description="The platform's tasks",
            vpc_id=network.vpc.id,
            opts=self.child(),
        )
        aws.vpc.SecurityGroupEgressRule(
            "internet",
            security_group_id=tasks.id,
            ip_protocol="tcp",
            from_port=443,
            to_port=443,
            cidr_ipv4="0.0.0.0/0",
            description="AWS's services and partners, by TLS",
            opts=self.child(),
        )
        self._between("platform", balancer.group, tasks, port)
        self._between("database", tasks, data.database_group, POSTGRES_PORT)
        self._between("cache", tasks, data.cache_group, CACHE_PORT)
        return tasks

    def _between(
        self, name: str, source: aws.ec2.SecurityGroup, target: aws.ec2.SecurityGroup, port: int
    ) -> None:
        """Let one group reach another on one port: out of the one, into the other."""
        aws.vpc.SecurityGroupEgressRule(
            name,
            security_group_id=source.id,
            referenced_security_group_id=target.id,
            ip_protocol="tcp",
            from_port=port,
            to_port=port,
            opts=self.child(),
        )
        aws.vpc.SecurityGroupIngressRule(
            name,
            security_group_id=target.id,
            referenced_security_group_id=source.id,
            ip_protocol="tcp",
            from_port=port,
            to_port=port,
            opts=self.child(),
        )

    def _role(self, name: str, statements: list[dict[str, Any]]) -> aws.iam.Role:
        role = aws.iam.Role(
            name,
            name=f"{self.place.prefix}-{name}",
            assume_role_policy=trust("ecs-tasks.amazonaws.com", self.place.account),
            opts=self.child(),
        )
        aws.iam.RolePolicy(
            name, name=name, role=role.name, policy=document(*statements), opts=self.child()
        )
        return role

    def _task_role(self, storage: Storage, keys: Keys) -> aws.iam.Role:
        """What the platform itself may do: its content bucket, with that bucket's key."""
        objects = pulumi.Output.concat(storage.content.arn, "/*")
        return self._role(
            "task",
            [
                allow(["s3:GetObject", "s3:PutObject", "s3:DeleteObject"], objects),
                allow(["s3:ListBucket"], storage.content.arn),
                allow(["kms:Decrypt", "kms:GenerateDataKey"], keys.content.arn),
            ],
        )

    def _execution_role(self, data: Data, keys: Keys) -> aws.iam.Role:
        """What ECS may do to start a task: pull the image, write logs, fetch the password."""
        return self._role(
            "execution",
            [
                # This one call takes no resource.
                allow(["ecr:GetAuthorizationToken"], "*"),
                allow(
                    [
                        "ecr:BatchCheckLayerAvailability",
                        "ecr:BatchGetImage",
                        "ecr:GetDownloadUrlForLayer",
                    ],
                    self.repository.arn,
                ),
                allow(
                    ["logs:CreateLogStream", "logs:PutLogEvents"],
                    pulumi.Output.concat(self.log_group.arn, ":*"),
                ),
                allow(["secretsmanager:GetSecretValue"], _password(data)),
                allow(["kms:Decrypt"], keys.data.arn),
            ],
        )

    def _task(self, data: Data, execution: aws.iam.Role) -> aws.ecs.TaskDefinition:
        platform = self.place.country.platform
        container = {
            "name": "platform",
            "image": platform.image,
            "essential": True,
            "readonlyRootFilesystem": True,
            "portMappings": [{"containerPort": platform.port, "protocol": "tcp"}],
            "environment": [
                {"name": "CACHE_HOST", "value": data.cache.primary_endpoint_address},
                {"name": "DATABASE_HOST", "value": data.database.address},
            ],
            "secrets": [{"name": "DATABASE_SECRET", "valueFrom": _password(data)}],
            "logConfiguration": {
                "logDriver": "awslogs",
                "options": {
                    "awslogs-group": self.log_group.name,
                    "awslogs-region": self.place.region,
                    "awslogs-stream-prefix": "platform",
                },
            },
        }
        return aws.ecs.TaskDefinition(
            "platform",
            family=f"{self.place.prefix}-platform",
            requires_compatibilities=["FARGATE"],
            network_mode="awsvpc",
            cpu=str(platform.cpu),
            memory=str(platform.memory),
            execution_role_arn=execution.arn,
            task_role_arn=self.task_role.arn,
            runtime_platform={"operating_system_family": "LINUX", "cpu_architecture": "X86_64"},
            container_definitions=pulumi.Output.json_dumps([container]),
            opts=self.child(),
        )

    @property
    def _wanted(self) -> int:
        """No tasks until the zone is delegated: nobody could reach them."""
        country = self.place.country
        return country.platform.tasks.min if country.delegated else 0

    def _service(
        self, network: Network, balancer: Balancer, task: aws.ecs.TaskDefinition
    ) -> aws.ecs.Service:
        platform = self.place.country.platform
        return aws.ecs.Service(
            "platform",
            name=f"{self.place.prefix}-platform",
            cluster=self.cluster.arn,
            task_definition=task.arn,
            launch_type="FARGATE",
            desired_count=self._wanted,
            deployment_circuit_breaker={"enable": True, "rollback": True},
            health_check_grace_period_seconds=120,
            network_configuration={
                "subnets": [subnet.id for subnet in network.private],
                "security_groups": [self.group.id],
                "assign_public_ip": False,
            },
            load_balancers=[
                {
                    "target_group_arn": balancer.targets.arn,
                    "container_name": "platform",
                    "container_port": platform.port,
                }
            ],
            propagate_tags="SERVICE",
            enable_execute_command=False,
            wait_for_steady_state=False,
            # Autoscaling moves it; the listener must be there before the service.
            opts=self.child(ignore_changes=["desiredCount"], depends_on=[balancer.listener]),
        )

    def _scaling(self) -> None:
        tasks = self.place.country.platform.tasks
        target = aws.appautoscaling.Target(
            "platform",
            service_namespace="ecs",
            resource_id=pulumi.Output.concat("service/", self.cluster.name, "/", self.service.name),
            scalable_dimension="ecs:service:DesiredCount",
            min_capacity=self._wanted,
            max_capacity=tasks.max if self.place.country.delegated else 0,
            opts=self.child(),
        )
        aws.appautoscaling.Policy(
            "platform",
            name="cpu",
            policy_type="TargetTrackingScaling",
            service_namespace=target.service_namespace,
            resource_id=target.resource_id,
            scalable_dimension=target.scalable_dimension,
            target_tracking_scaling_policy_configuration={
                "predefined_metric_specification": {
                    "predefined_metric_type": "ECSServiceAverageCPUUtilization"
                },
                "target_value": 60,
                "scale_in_cooldown": 300,
                "scale_out_cooldown": 60,
            },
            opts=self.child(),
        )


def _password(data: Data) -> pulumi.Output[str]:
    """The ARN of the secret in which RDS keeps the master password."""
    return data.database.master_user_secrets[0].secret_arn


def _keep_the_newest() -> dict[str, Any]:
    return {
        "rulePriority": 1,
        "description": f"Keep the newest {_KEEP} images",
        "selection": {
            "tagStatus": "any",
            "countType": "imageCountMoreThan",
            "countNumber": _KEEP,
        },
        "action": {"type": "expire"},
    }
