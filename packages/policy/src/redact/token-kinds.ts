/** A secret that is known by how it looks: where to look, and the whole shape from there. */
export interface TokenKind {
  readonly kind: string;
  /** Letters that every such secret begins with. */
  readonly anchors: readonly string[];
  /** The whole secret, from the anchor on; at most 2,000 letters. */
  readonly shape: RegExp;
}

const kind = (name: string, anchors: string, shape: RegExp): TokenKind => ({
  kind: name,
  anchors: anchors.split(' '),
  shape: new RegExp(shape.source, 'y'),
});

/**
 * Secrets that vendors give a shape of their own. Sources: the vendors' pages on token formats and secret scanning
 * partner lists, and the rules of gitleaks 8 (MIT), read 2026-11.
 */
export const tokenKinds: readonly TokenKind[] = [
  kind('aws-access-key', 'AKIA ASIA ABIA ACCA', /A(?:KIA|SIA|BIA|CCA)[A-Z2-7]{16}(?![A-Za-z0-9])/),
  kind('github-token', 'ghp_ gho_ ghu_ ghs_ ghr_', /gh[pousr]_[A-Za-z0-9]{36,255}/),
  kind('github-token', 'github_pat_', /github_pat_[A-Za-z0-9_]{22,255}/),
  kind(
    'gitlab-token',
    'glpat- gldt- glrt- glcbt- glptt- glft- glsoat- glimt- glagent- gloas-',
    /gl(?:pat|dt|rt|cbt|ptt|ft|soat|imt|agent|oas)-[\w.-]{20,300}/,
  ),
  kind(
    'slack-token',
    'xoxa- xoxb- xoxe- xoxo- xoxp- xoxr- xoxs- xoxc- xoxd- xoxe. xapp-',
    /x(?:ox[abceoprsd][-.]|app-)[A-Za-z0-9-]{10,250}/,
  ),
  kind(
    'slack-webhook',
    'hooks.slack.com/',
    /hooks\.slack\.com\/(?:services|workflows|triggers)\/[A-Za-z0-9+/]{20,120}/,
  ),
  kind(
    'discord-webhook',
    'discord.com/api/webhooks/ discordapp.com/api/webhooks/',
    /discord(?:app)?\.com\/api\/webhooks\/\d{15,25}\/[\w-]{50,100}/,
  ),
  kind('anthropic-key', 'sk-ant-', /sk-ant-[A-Za-z0-9_-]{20,200}/),
  kind('openrouter-key', 'sk-or-', /sk-or-v1-[a-f0-9]{40,100}/),
  kind('openai-key', 'sk-', /sk-(?:proj-|svcacct-|admin-|None-)?[A-Za-z0-9_-]{20,250}/),
  kind(
    'stripe-key',
    'sk_live_ sk_test_ rk_live_ rk_test_ whsec_ sk_prod_',
    /(?:[sr]k_(?:live|test|prod)|whsec)_[A-Za-z0-9]{16,250}/,
  ),
  kind('google-api-key', 'AIza', /AIza[\w-]{35}(?![\w-])/),
  kind('google-oauth', 'ya29. GOCSPX- 1//0', /(?:ya29\.[\w-]{20,500}|GOCSPX-[\w-]{20,60}|1\/\/0[\w-]{40,200})/),
  kind('npm-token', 'npm_', /npm_[A-Za-z0-9]{36}(?![A-Za-z0-9])/),
  kind('pypi-token', 'pypi-', /pypi-[\w-]{50,500}/),
  kind('hugging-face-token', 'hf_ api_org_', /(?:hf|api_org)_[A-Za-z0-9]{30,60}/),
  kind('digitalocean-token', 'dop_v1_ doo_v1_ dor_v1_', /do[opr]_v1_[a-f0-9]{64}/),
  kind('sendgrid-key', 'SG.', /SG\.[\w-]{16,32}\.[\w-]{16,64}/),
  kind('mailgun-key', 'key-', /key-[a-f0-9]{32}(?![a-f0-9])/),
  kind('twilio-key', 'SK AC', /(?:SK|AC)[a-f0-9]{32}(?![A-Za-z0-9])/),
  kind('shopify-token', 'shpat_ shpca_ shppa_ shpss_', /shp(?:at|ca|pa|ss)_[a-fA-F0-9]{32}/),
  kind(
    'square-token',
    'sq0atp- sq0csp- sq0idp- EAAA',
    /(?:sq0(?:atp|csp|idp)-[\w-]{22,50}|EAAA[A-Za-z0-9+_=-]{56,80})/,
  ),
  kind('facebook-token', 'EAA', /EAA[A-Za-z0-9]{60,300}/),
  kind('linear-key', 'lin_api_ lin_oauth_', /lin_(?:api|oauth)_[A-Za-z0-9]{32,64}/),
  kind('notion-token', 'secret_ ntn_', /(?:secret|ntn)_[A-Za-z0-9]{40,60}/),
  kind('figma-token', 'figd_ figo_', /fig[do]_[\w-]{30,80}/),
  kind('vault-token', 'hvs. hvb. hvr.', /hv[sbr]\.[\w-]{24,300}/),
  kind('databricks-token', 'dapi', /dapi[a-f0-9]{32}(?:-\d)?/),
  kind('doppler-token', 'dp.pt. dp.st. dp.ct. dp.sa.', /dp\.(?:pt|st|ct|sa)\.[\w.-]{40,80}/),
  kind('planetscale-token', 'pscale_', /pscale_(?:tkn|pw|oauth)_[\w.-]{32,80}/),
  kind('postman-key', 'PMAK-', /PMAK-[a-f0-9]{24}-[a-f0-9]{34}/),
  kind('new-relic-key', 'NRAK- NRJS- NRII- NRAA-', /NR(?:AK|JS|II|AA)-[A-Za-z0-9_-]{19,40}/),
  kind('sentry-token', 'sntrys_ sntryu_', /sntry[su]_[A-Za-z0-9+/=_-]{40,300}/),
  kind('grafana-token', 'glsa_ glc_', /gl(?:sa|c)_[A-Za-z0-9+/=_-]{32,400}/),
  kind('atlassian-token', 'ATATT3 ATCTT3', /AT[AC]TT3[\w=.-]{60,300}/),
  kind('dropbox-token', 'sl.', /sl\.[\w-]{100,1500}/),
  kind('airtable-token', 'pat', /pat[A-Za-z0-9]{14}\.[a-f0-9]{64}/),
  kind('supabase-key', 'sbp_ sb_secret_', /(?:sbp_[a-f0-9]{40}|sb_secret_[\w-]{20,60})/),
  kind('age-key', 'AGE-SECRET-KEY-1', /AGE-SECRET-KEY-1[A-Z0-9]{58}/),
  kind('jwt', 'eyJ', /eyJ[\w-]{10,900}\.eyJ[\w-]{10,900}(?:\.[\w-]{0,900})?/),
  kind('groq-key', 'gsk_', /gsk_[A-Za-z0-9]{40,80}/),
  kind('perplexity-key', 'pplx-', /pplx-[A-Za-z0-9]{40,80}/),
  kind('xai-key', 'xai-', /xai-[A-Za-z0-9]{60,120}/),
  kind('replicate-token', 'r8_', /r8_[A-Za-z0-9]{37}/),
  kind('nvidia-key', 'nvapi-', /nvapi-[\w-]{60,80}/),
  kind('tailscale-key', 'tskey-', /tskey-[a-z]+-[A-Za-z0-9]{8,40}-[A-Za-z0-9]{8,60}/),
  kind('docker-token', 'dckr_pat_ dckr_oat_', /dckr_[po]at_[\w-]{20,60}/),
  kind('rubygems-key', 'rubygems_', /rubygems_[a-f0-9]{48}/),
  kind('clojars-token', 'CLOJARS_', /CLOJARS_[a-z0-9]{60}/),
  kind('heroku-key', 'HRKU-', /HRKU-[\w-]{30,70}/),
  kind('pulumi-token', 'pul-', /pul-[a-f0-9]{40}/),
  kind('netlify-token', 'nfp_ nfc_', /nf[pc]_[A-Za-z0-9]{36,60}/),
  kind('langsmith-key', 'lsv2_', /lsv2_(?:pt|sk)_[a-f0-9]{32}_[a-f0-9]{10}/),
  kind('artifactory-key', 'AKCp', /AKCp[A-Za-z0-9]{60,80}/),
  kind('telegram-token', ':AA', /:AA[\w-]{32,34}(?![\w-])/),
  kind('azure-key', 'AccountKey= SharedAccessKey=', /(?:AccountKey|SharedAccessKey)=[A-Za-z0-9+/]{40,90}={0,2}/),
  kind('azure-sas', 'sig=', /sig=[A-Za-z0-9%+/]{40,100}(?:%3D|=){1,2}/),
  kind('contentful-token', 'CFPAT-', /CFPAT-[\w-]{40,60}/),
  kind('prefect-key', 'pnu_', /pnu_[A-Za-z0-9]{36}/),
  kind('readme-key', 'rdme_', /rdme_[a-z0-9]{70}/),
  kind('easypost-key', 'EZAK EZTK', /EZ[AT]K[A-Za-z0-9]{54}/),
  kind('flutterwave-key', 'FLWSECK', /FLWSECK(?:_TEST)?-[a-h0-9]{12,40}(?:-X)?/),
  kind('typeform-token', 'tfp_', /tfp_[\w.=-]{59}/),
  kind('terraform-token', '.atlasv1.', /\.atlasv1\.[\w=-]{60,80}/),
  kind('mapbox-token', 'sk.eyJ', /sk\.eyJ[\w-]{20,200}\.[\w-]{20,40}/),
  kind('fly-token', 'fm1r_ fm1a_ fm2_', /fm(?:1[ra]|2)_[A-Za-z0-9+/=_-]{60,1500}/),
  kind('1password-token', 'ops_eyJ', /ops_eyJ[\w-]{100,1900}/),
  kind('sonar-token', 'sqp_ sqa_ squ_', /sq[pau]_[a-f0-9]{40}/),
  kind('buildkite-token', 'bkua_', /bkua_[a-f0-9]{40}/),
  kind(
    'launchdarkly-key',
    'sdk- mob-',
    /(?:sdk|mob)-[a-f0-9]{8}-[a-f0-9]{4}-4[a-f0-9]{3}-[89ab][a-f0-9]{3}-[a-f0-9]{12}/,
  ),
  kind('posthog-key', 'phx_', /phx_[A-Za-z0-9]{43,60}/),
  kind('resend-key', 're_', /re_[A-Za-z0-9]{8}_[A-Za-z0-9]{20,40}/),
  kind('render-key', 'rnd_', /rnd_[A-Za-z0-9]{26,40}/),
  kind('adafruit-key', 'aio_', /aio_[A-Za-z0-9]{28}/),
  kind(
    'discord-token',
    'MT Mj Mz ND NT Nj Nz OD OT',
    /(?:M[Tjz]|N[DTjz]|O[DT])[\w-]{16,26}\.[\w-]{6}\.[\w-]{27,45}(?![\w-])/,
  ),
  kind('capstan-token', 'cap_', /cap_[A-Za-z0-9_-]{32,200}/),
];
