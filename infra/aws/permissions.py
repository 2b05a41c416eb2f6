"""What the drift check may call: the reads that its types need, and nothing else.

The role's policy is made of this data, and so is what a test holds the check to. Left out on
purpose is whatever shows data or secrets: objects of buckets, parameter and secret values,
decryption. What belongs to the organisation is the foundation's to look at, not a country's role.
"""

from __future__ import annotations

from collections.abc import Mapping

READS: Mapping[str, tuple[str, ...]] = {
    "aws:acm/certificate:Certificate": (
        "acm:DescribeCertificate",
        "acm:ListCertificates",
        "acm:ListTagsForCertificate",
    ),
    "aws:acm/certificateValidation:CertificateValidation": (
        "acm:DescribeCertificate",
        "acm:ListCertificates",
        "acm:ListTagsForCertificate",
    ),
    "aws:appautoscaling/policy:Policy": ("application-autoscaling:DescribeScalingPolicies",),
    "aws:appautoscaling/target:Target": ("application-autoscaling:DescribeScalableTargets",),
    "aws:backup/plan:Plan": (
        "backup:GetBackupPlan",
        "backup:ListBackupPlans",
        "backup:ListTags",
    ),
    "aws:backup/selection:Selection": (
        "backup:GetBackupSelection",
        "backup:ListBackupPlans",
        "backup:ListBackupSelections",
    ),
    "aws:backup/vault:Vault": (
        "backup:ListBackupVaults",
        "backup:ListTags",
    ),
    "aws:budgets/budget:Budget": (
        "budgets:DescribeBudget",
        "budgets:DescribeBudgets",
        "budgets:DescribeNotificationsForBudget",
        "budgets:DescribeSubscribersForNotification",
        "budgets:ListTagsForResource",
        "sts:GetCallerIdentity",
    ),
    "aws:cloudfront/distribution:Distribution": (
        "cloudfront:GetDistribution",
        "cloudfront:ListDistributions",
        "cloudfront:ListTagsForResource",
    ),
    "aws:cloudfront/originAccessControl:OriginAccessControl": (
        "cloudfront:GetOriginAccessControl",
        "cloudfront:ListOriginAccessControls",
    ),
    "aws:cloudtrail/trail:Trail": (
        "cloudtrail:DescribeTrails",
        "cloudtrail:GetEventSelectors",
        "cloudtrail:GetTrailStatus",
        "cloudtrail:ListTags",
    ),
    "aws:cloudwatch/eventRule:EventRule": (
        "events:DescribeRule",
        "events:ListEventBuses",
        "events:ListRules",
        "events:ListTagsForResource",
    ),
    "aws:cloudwatch/eventTarget:EventTarget": (
        "events:ListEventBuses",
        "events:ListRules",
        "events:ListTargetsByRule",
    ),
    "aws:cloudwatch/logGroup:LogGroup": (
        "logs:DescribeLogGroups",
        "logs:ListTagsForResource",
    ),
    "aws:cloudwatch/metricAlarm:MetricAlarm": (
        "cloudwatch:DescribeAlarms",
        "cloudwatch:ListTagsForResource",
    ),
    "aws:cognito/identityProvider:IdentityProvider": (
        "cognito-idp:DescribeIdentityProvider",
        "cognito-idp:ListIdentityProviders",
        "cognito-idp:ListUserPools",
    ),
    "aws:cognito/resourceServer:ResourceServer": (
        "cognito-idp:DescribeResourceServer",
        "cognito-idp:ListResourceServers",
        "cognito-idp:ListUserPools",
    ),
    "aws:cognito/userPool:UserPool": (
        "cognito-idp:DescribeUserPool",
        "cognito-idp:GetUserPoolMfaConfig",
        "cognito-idp:ListUserPools",
    ),
    "aws:cognito/userPoolClient:UserPoolClient": (
        "cognito-idp:DescribeUserPoolClient",
        "cognito-idp:ListUserPoolClients",
        "cognito-idp:ListUserPools",
    ),
    "aws:cognito/userPoolDomain:UserPoolDomain": (
        "cognito-idp:DescribeUserPool",
        "cognito-idp:DescribeUserPoolDomain",
        "cognito-idp:GetUserPoolMfaConfig",
        "cognito-idp:ListUserPools",
    ),
    "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": (
        "ec2:DescribeSecurityGroups",
        "ec2:DescribeVpcs",
    ),
    "aws:ec2/eip:Eip": ("ec2:DescribeAddresses",),
    "aws:ec2/flowLog:FlowLog": ("ec2:DescribeFlowLogs",),
    "aws:ec2/internetGateway:InternetGateway": (
        "ec2:DescribeInternetGateways",
        "ec2:DescribeVpcs",
    ),
    "aws:ec2/natGateway:NatGateway": ("ec2:DescribeNatGateways",),
    "aws:ec2/route:Route": (
        "ec2:DescribeRouteTables",
        "ec2:DescribeVpcs",
    ),
    "aws:ec2/routeTable:RouteTable": ("ec2:DescribeRouteTables",),
    "aws:ec2/routeTableAssociation:RouteTableAssociation": ("ec2:DescribeRouteTables",),
    "aws:ec2/securityGroup:SecurityGroup": ("ec2:DescribeSecurityGroups",),
    "aws:ec2/subnet:Subnet": ("ec2:DescribeSubnets",),
    "aws:ec2/vpc:Vpc": (
        "ec2:DescribeVpcAttribute",
        "ec2:DescribeVpcs",
    ),
    "aws:ec2/vpcEndpoint:VpcEndpoint": (
        "ec2:DescribePrefixLists",
        "ec2:DescribeVpcEndpoints",
    ),
    "aws:ecr/lifecyclePolicy:LifecyclePolicy": (
        "ecr:DescribeRepositories",
        "ecr:GetLifecyclePolicy",
    ),
    "aws:ecr/repository:Repository": (
        "ecr:DescribeRepositories",
        "ecr:ListTagsForResource",
    ),
    "aws:ecs/cluster:Cluster": (
        "ecs:DescribeClusters",
        "ecs:ListClusters",
    ),
    "aws:ecs/service:Service": (
        "ecs:DescribeServices",
        "ecs:ListClusters",
        "ecs:ListServices",
    ),
    "aws:ecs/taskDefinition:TaskDefinition": (
        "ecs:DescribeTaskDefinition",
        "ecs:ListTaskDefinitions",
    ),
    "aws:elasticache/replicationGroup:ReplicationGroup": (
        "elasticache:DescribeCacheClusters",
        "elasticache:DescribeReplicationGroups",
        "elasticache:ListTagsForResource",
    ),
    "aws:elasticache/subnetGroup:SubnetGroup": (
        "elasticache:DescribeCacheSubnetGroups",
        "elasticache:ListTagsForResource",
    ),
    "aws:guardduty/detector:Detector": (
        "guardduty:GetDetector",
        "guardduty:ListDetectors",
    ),
    "aws:iam/openIdConnectProvider:OpenIdConnectProvider": (
        "iam:GetOpenIDConnectProvider",
        "iam:ListOpenIDConnectProviders",
    ),
    "aws:iam/policy:Policy": (
        "iam:GetAccountAuthorizationDetails",
        "iam:GetPolicy",
        "iam:GetPolicyVersion",
    ),
    "aws:iam/role:Role": (
        "iam:GetAccountAuthorizationDetails",
        "iam:GetRole",
        "iam:ListRoles",
    ),
    "aws:iam/rolePolicy:RolePolicy": (
        "iam:GetAccountAuthorizationDetails",
        "iam:GetRolePolicy",
    ),
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": (
        "iam:GetAccountAuthorizationDetails",
        "iam:ListAttachedRolePolicies",
    ),
    "aws:kms/alias:Alias": ("kms:ListAliases",),
    "aws:kms/key:Key": (
        "kms:DescribeKey",
        "kms:GetKeyPolicy",
        "kms:GetKeyRotationStatus",
        "kms:ListAliases",
        "kms:ListKeys",
        "kms:ListResourceTags",
    ),
    "aws:lb/listener:Listener": (
        "elbv2:DescribeListenerAttributes",
        "elbv2:DescribeListeners",
        "elbv2:DescribeLoadBalancers",
        "elbv2:DescribeTags",
    ),
    "aws:lb/loadBalancer:LoadBalancer": (
        "elbv2:DescribeLoadBalancerAttributes",
        "elbv2:DescribeLoadBalancers",
        "elbv2:DescribeTags",
    ),
    "aws:lb/targetGroup:TargetGroup": (
        "elbv2:DescribeTags",
        "elbv2:DescribeTargetGroupAttributes",
        "elbv2:DescribeTargetGroups",
    ),
    "aws:rds/instance:Instance": ("rds:DescribeDBInstances",),
    "aws:rds/parameterGroup:ParameterGroup": (
        "rds:DescribeDBParameterGroups",
        "rds:DescribeDBParameters",
        "rds:ListTagsForResource",
    ),
    "aws:rds/subnetGroup:SubnetGroup": (
        "rds:DescribeDBSubnetGroups",
        "rds:ListTagsForResource",
    ),
    "aws:route53/record:Record": (
        "route53:ListHostedZones",
        "route53:ListResourceRecordSets",
    ),
    "aws:route53/zone:Zone": (
        "route53:GetHostedZone",
        "route53:ListHostedZones",
        "route53:ListTagsForResource",
    ),
    "aws:s3/bucket:Bucket": (
        "s3:GetBucketLocation",
        "s3:GetBucketTagging",
        "s3:GetObjectLockConfiguration",
        "s3:ListBuckets",
    ),
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": (
        "s3:GetBucketLifecycleConfiguration",
        "s3:ListBuckets",
    ),
    "aws:s3/bucketLogging:BucketLogging": (
        "s3:GetBucketLogging",
        "s3:ListBuckets",
    ),
    "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration": (
        "s3:GetObjectLockConfiguration",
        "s3:ListBuckets",
    ),
    "aws:s3/bucketOwnershipControls:BucketOwnershipControls": (
        "s3:GetBucketOwnershipControls",
        "s3:ListBuckets",
    ),
    "aws:s3/bucketPolicy:BucketPolicy": (
        "s3:GetBucketPolicy",
        "s3:ListBuckets",
    ),
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": (
        "s3:GetPublicAccessBlock",
        "s3:ListBuckets",
    ),
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": (
        "s3:GetBucketEncryption",
        "s3:ListBuckets",
    ),
    "aws:s3/bucketVersioning:BucketVersioning": (
        "s3:GetBucketVersioning",
        "s3:ListBuckets",
    ),
    "aws:scheduler/schedule:Schedule": (
        "scheduler:GetSchedule",
        "scheduler:ListSchedules",
    ),
    "aws:secretsmanager/secret:Secret": (
        "secretsmanager:DescribeSecret",
        "secretsmanager:GetResourcePolicy",
        "secretsmanager:ListSecrets",
    ),
    "aws:secretsmanager/secretVersion:SecretVersion": (
        "secretsmanager:DescribeSecret",
        "secretsmanager:GetResourcePolicy",
        "secretsmanager:ListSecretVersionIds",
        "secretsmanager:ListSecrets",
    ),
    "aws:sns/topic:Topic": (
        "sns:GetTopicAttributes",
        "sns:ListTagsForResource",
        "sns:ListTopics",
    ),
    "aws:sns/topicSubscription:TopicSubscription": (
        "sns:GetSubscriptionAttributes",
        "sns:ListSubscriptions",
    ),
    "aws:sqs/queue:Queue": (
        "sqs:GetQueueAttributes",
        "sqs:ListQueueTags",
        "sqs:ListQueues",
    ),
    "aws:sqs/queuePolicy:QueuePolicy": (
        "sqs:GetQueueAttributes",
        "sqs:ListQueueTags",
        "sqs:ListQueues",
    ),
    "aws:ssm/activation:Activation": ("ssm:DescribeActivations",),
    "aws:ssm/parameter:Parameter": (
        "ssm:DescribeParameters",
        "ssm:ListTagsForResource",
    ),
    "aws:ssm/patchBaseline:PatchBaseline": (
        "ssm:DescribePatchBaselines",
        "ssm:GetPatchBaseline",
        "ssm:ListTagsForResource",
    ),
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": (
        "ec2:DescribeSecurityGroupRules",
        "ec2:DescribeSecurityGroups",
    ),
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": (
        "ec2:DescribeSecurityGroupRules",
        "ec2:DescribeSecurityGroups",
    ),
    "aws:wafv2/webAcl:WebAcl": (
        "wafv2:GetWebACL",
        "wafv2:ListTagsForResource",
        "wafv2:ListWebACLs",
    ),
    "aws:wafv2/webAclAssociation:WebAclAssociation": (
        "elbv2:DescribeLoadBalancers",
        "wafv2:GetWebACLForResource",
    ),
    "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration": (
        "wafv2:GetLoggingConfiguration",
        "wafv2:ListLoggingConfigurations",
    ),
}
"""The operations of each type's `list` and `read`, as `service:Operation` in the SDK's words."""

BEYOND = (
    "ec2:DescribeInstances",
    "ec2:DescribeSnapshotAttribute",
    "ec2:DescribeSnapshots",
    "ecr:GetRepositoryPolicy",
    "elasticache:DescribeSnapshots",
    "elbv2:DescribeRules",
    "iam:ListAccessKeys",
    "kms:ListGrants",
    "rds:DescribeDBSnapshotAttributes",
    "rds:DescribeDBSnapshots",
    "resourcegroupstaggingapi:GetResources",
    "s3:GetBucketAcl",
    "s3:GetBucketReplication",
    "sts:GetCallerIdentity",
)
"""What is looked for beyond the types: users' keys, grants, access lists, copies, whatever has a
tag."""

ON_BEHALF = ("elasticloadbalancing:GetLoadBalancerWebACL",)
"""Actions that another service asks of the caller while it answers."""

SERVICES = tuple(
    sorted({one.partition(":")[0] for many in (*READS.values(), BEYOND) for one in many})
)
"""The services that are asked, in the SDK's words."""

_PREFIXES = {
    "elbv2": "elasticloadbalancing",
    "resourcegroupstaggingapi": "tag",
}
_RENAMED = {
    "budgets:DescribeBudget": "budgets:ViewBudget",
    "budgets:DescribeBudgets": "budgets:ViewBudget",
    "budgets:DescribeNotificationsForBudget": "budgets:ViewBudget",
    "budgets:DescribeSubscribersForNotification": "budgets:ViewBudget",
    "s3:GetBucketEncryption": "s3:GetEncryptionConfiguration",
    "s3:GetBucketLifecycleConfiguration": "s3:GetLifecycleConfiguration",
    "s3:GetBucketReplication": "s3:GetReplicationConfiguration",
    "s3:GetObjectLockConfiguration": "s3:GetBucketObjectLockConfiguration",
    "s3:GetPublicAccessBlock": "s3:GetBucketPublicAccessBlock",
    "s3:ListBuckets": "s3:ListAllMyBuckets",
}


def action(operation: str) -> str:
    """IAM's name of an operation, which differs from the SDK's in places."""
    service, _, name = operation.partition(":")
    return _RENAMED.get(operation, f"{_PREFIXES.get(service, service)}:{name}")


READ_ONLY: tuple[str, ...] = tuple(
    sorted({*ON_BEHALF, *(action(one) for many in (*READS.values(), BEYOND) for one in many)})
)
"""The actions of the policy."""
