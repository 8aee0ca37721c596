import type { Operation } from '#contracts/rest/operation.js';
import type { HandshakeAuth } from '#contracts/sockets.js';
import type { Client } from './client.js';
import type { OperationRequest, RestAnswer, RestRequest } from './rest.js';
import type { Behaviour, SignedServer } from './signed-server.js';

/** How applications and users of a test reach the platform, and how it reaches them. */
export interface Doors {
  /** @throws RestProblem when it is not a success */
  call<Answer, Definition extends Operation = Operation>(
    operation: Definition,
    request: OperationRequest<Definition>,
    gateway?: number,
  ): Promise<Answer>;
  rest(request: RestRequest, gateway?: number): Promise<RestAnswer>;
  connect(gateway: number, auth: HandshakeAuth): Promise<Client>;
  signedServer<Body>(behaviour: Behaviour<Body>): Promise<SignedServer<Body>>;
}
