/** Files that hold secrets. Reading one is asked about. */
export const secretFiles: readonly string[] = [
  '**/.env',
  '**/.env.!(example|sample|template|dist|defaults)',
  '**/.envrc',
  '**/*.{pem,key,p12,pfx,jks,keystore,ppk,kdbx,age}',
  '**/id_{rsa,dsa,ecdsa,ed25519}',
  '**/{.npmrc,.pypirc,.netrc,.git-credentials,.htpasswd,.pgpass}',
  '**/{credentials,secrets}.{json,yml,yaml,toml,ini}',
  '**/service-account*.json',
  '**/.capstan/{auth.json,capstan.db,capstan.db-*}',
];

/** Files of the user and of the system that hold credentials, wherever the home folder is. No mode allows them. */
export const credentialFiles: readonly string[] = [
  '/**/.ssh/!(known_hosts*|config|*.pub)',
  '/**/.gnupg',
  '/**/.aws/!(config)',
  '/**/.azure',
  '/**/.config/gcloud',
  '/**/.config/gh/hosts.yml',
  '/**/.kube/config',
  '/**/.docker/config.json',
  '/**/.config/capstan/auth.json',
  '/**/.password-store',
  '/**/.local/share/keyrings',
  '/**/{.netrc,.git-credentials,.pgpass,.vault-token}',
  '/etc/{shadow,shadow-,gshadow,gshadow-,sudoers,sudoers.d}',
  '/proc/*/{environ,mem}',
  '/proc/*/task/*/{environ,mem}',
];

/** Files outside of every root that say what machine this is, and nothing else. */
export const machineFacts: readonly string[] = [
  '/proc/{cpuinfo,meminfo,version,uptime,loadavg}',
  '/etc/{os-release,lsb-release,debian_version,redhat-release,alpine-release,timezone,shells}',
];

/** Disks, memory and the files a machine starts and guards itself with. No mode writes them. */
export const systemFiles: readonly string[] = [
  '/dev/{sd*,hd*,vd*,xvd*,nvme*,mmcblk*,disk*,rdisk*,dm-*,md*,loop*,mem,kmem,port,nbd*}',
  '/dev/{mapper,disk,block}/**',
  '/proc/{sysrq-trigger,kcore}',
  '/proc/sys/**',
  '/{boot,sys,efi}/**',
  '/etc/{passwd,group,fstab,hosts.equiv,crontab,ld.so.preload,inittab}',
  '/etc/{cron.*,pam.d,init.d,systemd,sudoers.d}/**',
];

/** Files inside a repository whose change needs a person: what runs code later, pins code or guards the agent. */
export const protectedFiles: readonly string[] = [
  ...secretFiles,
  '**/.env.*',
  '**/.git',
  '**/.gitmodules',
  '**/.gitattributes',
  '**/.capstan',
  '**/.github/{workflows,actions}',
  '**/.gitlab-ci.yml',
  '**/.circleci',
  '**/Jenkinsfile',
  '**/.husky',
  '**/.{vscode,idea,cursor,claude,codex}',
  '**/{package-lock.json,npm-shrinkwrap.json,pnpm-lock.yaml,yarn.lock,bun.lock,bun.lockb}',
  '**/{poetry.lock,uv.lock,Pipfile.lock,go.sum,Cargo.lock,composer.lock,Gemfile.lock}',
  '**/migrations/**',
];
