{{- /* The pod of every workload. Takes: root, component, roles, resources, volume (true: data is on a volume claim). */ -}}
{{- define "bunkhouse.podTemplate" -}}
{{- $values := .root.Values -}}
metadata:
  labels:
    {{- include "bunkhouse.labels" .root | nindent 4 }}
    app.kubernetes.io/component: {{ .component }}
    bunkhouse/serves: "true"
    {{- with $values.podLabels }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  {{- with $values.podAnnotations }}
  annotations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
spec:
  serviceAccountName: {{ include "bunkhouse.serviceAccount" .root }}
  {{- include "bunkhouse.podSecurity" . | nindent 2 }}
  terminationGracePeriodSeconds: {{ add $values.preStopSeconds $values.drainSeconds 15 }}
  {{- include "bunkhouse.placement" . | nindent 2 }}
  containers:
    - name: bunkhouse
      {{- include "bunkhouse.containerBase" . | nindent 6 }}
      args: [serve]
      env:
        - name: ENVIRONMENT
          value: production
        - name: HOST
          value: 0.0.0.0
        - name: PORT
          value: "8000"
        - name: ROLES
          value: {{ .roles | quote }}
        - name: DRAIN_SECONDS
          value: {{ $values.drainSeconds | quote }}
        - name: AGENTS_DIR
          value: /config/agents
        - name: JOBS_DIR
          value: /config/jobs
        {{- if .volume }}
        - name: DATABASE_URL
          value: sqlite:/data/bunkhouse.db
        {{- end }}
        {{- range $name, $value := $values.config }}
        - name: {{ $name }}
          value: {{ $value | quote }}
        {{- end }}
      {{- with $values.secret.existing }}
      envFrom:
        - secretRef:
            name: {{ . }}
      {{- end }}
      ports:
        - name: http
          containerPort: 8000
      startupProbe:
        httpGet: { path: /health, port: http }
        periodSeconds: 1
        timeoutSeconds: 2
        # It listens when its migrations are applied: five minutes.
        failureThreshold: 300
      livenessProbe:
        httpGet: { path: /health, port: http }
        periodSeconds: 10
        timeoutSeconds: 5
        failureThreshold: 3
      readinessProbe:
        httpGet: { path: /ready, port: http }
        periodSeconds: 5
        timeoutSeconds: 3
        failureThreshold: 2
      {{- if $values.preStopSeconds }}
      lifecycle:
        preStop:
          sleep: { seconds: {{ $values.preStopSeconds }} }
      {{- end }}
      resources:
        {{- toYaml .resources | nindent 8 }}
      volumeMounts:
        - name: tmp
          mountPath: /tmp
        {{- if .volume }}
        - name: data
          mountPath: /data
        {{- end }}
        {{- if $values.agents.configMap }}
        - name: agents
          mountPath: /config/agents
          readOnly: true
        {{- end }}
        {{- if $values.jobs.configMap }}
        - name: jobs
          mountPath: /config/jobs
          readOnly: true
        {{- end }}
  volumes:
    - name: tmp
      emptyDir: { sizeLimit: 64Mi }
    {{- with $values.agents.configMap }}
    - name: agents
      configMap: { name: {{ . }} }
    {{- end }}
    {{- with $values.jobs.configMap }}
    - name: jobs
      configMap: { name: {{ . }} }
    {{- end }}
{{- end -}}

{{- /* What the restricted pod security standard asks of a pod. */ -}}
{{- define "bunkhouse.podSecurity" -}}
automountServiceAccountToken: false
enableServiceLinks: false
securityContext:
  runAsNonRoot: true
  runAsUser: 65532
  runAsGroup: 65532
  fsGroup: 65532
  fsGroupChangePolicy: OnRootMismatch
  seccompProfile: { type: RuntimeDefault }
{{- with .root.Values.image.pullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
{{- end -}}

{{- define "bunkhouse.containerBase" -}}
image: {{ include "bunkhouse.image" .root | quote }}
imagePullPolicy: {{ .root.Values.image.pullPolicy }}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities: { drop: [ALL] }
{{- end -}}

{{- define "bunkhouse.placement" -}}
{{- with .root.Values.priorityClassName -}}
priorityClassName: {{ . }}
{{ end -}}
topologySpreadConstraints:
  {{- range $key := list "kubernetes.io/hostname" "topology.kubernetes.io/zone" }}
  - maxSkew: 1
    topologyKey: {{ $key }}
    # A cluster of one node, or of one zone, takes them all the same.
    whenUnsatisfiable: ScheduleAnyway
    labelSelector:
      matchLabels:
        {{- include "bunkhouse.selector" $.root | nindent 8 }}
        app.kubernetes.io/component: {{ $.component }}
  {{- end }}
{{- with .root.Values.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .root.Values.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}
