// A sign-in provider on loopback: oidc-provider with people of the test's choice, who need no password.
// Arguments: port, the client's redirect address, people as JSON {"login": {claims}}.
import { Provider } from "oidc-provider";

const [port, redirect, people] = [process.argv[2], process.argv[3], JSON.parse(process.argv[4])];
const provider = new Provider(`http://127.0.0.1:${port}`, {
  clients: [
    {
      client_id: "osler",
      client_secret: "a secret of the tests alone",
      redirect_uris: [redirect],
      response_types: ["code"],
      grant_types: ["authorization_code"],
    },
  ],
  claims: {
    openid: ["sub"],
    email: ["email", "email_verified"],
    profile: ["name", "preferred_username", "groups"],
    acr: null,
    amr: null,
  },
  // Claims of the scopes stand in the token, as most providers have it.
  conformIdTokenClaims: false,
  pkce: { required: () => true },
  features: { devInteractions: { enabled: false }, claimsParameter: { enabled: true } },
  interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
  findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id, ...people[id].claims }) }),
  ttl: { Session: 600, Grant: 600, AccessToken: 600, IdToken: 600, Interaction: 600 },
});

// Whoever is named by the header X-Person signs in and agrees, with the factors they have.
provider.use(async (context, next) => {
  if (!context.path.startsWith("/interaction/")) return next();
  const details = await provider.interactionDetails(context.req, context.res);
  const login = context.get("x-person");
  const { amr } = people[login];
  let grant = details.grantId ? await provider.Grant.find(details.grantId) : undefined;
  grant ??= new provider.Grant({ accountId: login, clientId: details.params.client_id });
  grant.addOIDCScope(details.params.scope);
  const result = { login: { accountId: login, amr }, consent: { grantId: await grant.save() } };
  await provider.interactionFinished(context.req, context.res, result, {
    mergeWithLastSubmission: false,
  });
});

provider.listen(Number(port), "127.0.0.1", () => console.log("ready"));
