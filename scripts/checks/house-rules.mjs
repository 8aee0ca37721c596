/**
 * ESLint rules that only this house needs. A node here is untyped: the syntax tree's types come from packages that
 * are not ours to depend on.
 *
 * @typedef {any} Node
 * @typedef {import('eslint').Rule.RuleModule} RuleModule
 */

/** Abbreviations that are refused as a whole word of a name, with the word they stand for. */
const FULL_WORDS = new Map([
  ['arr', 'list'],
  ['cb', 'callback'],
  ['cfg', 'configuration'],
  ['conn', 'connection'],
  ['conv', 'conversation'],
  ['ctx', 'context'],
  ['db', 'database'],
  ['e', 'error or event'],
  ['err', 'error'],
  ['evt', 'event'],
  ['fn', 'a verb'],
  ['idx', 'index'],
  ['msg', 'message'],
  ['num', 'number'],
  ['obj', 'what it is'],
  ['opts', 'options'],
  ['req', 'request'],
  ['res', 'response or result'],
  ['str', 'text'],
  ['tmp', 'temporary'],
  ['usr', 'user'],
  ['val', 'value'],
]);

/**
 * Refuses abbreviations in the names of variables, parameters, functions, types and class members. Properties of
 * object literals and of types are free: foreign wire formats have them.
 *
 * @type {RuleModule}
 */
const namesInFullWords = {
  meta: {
    type: 'suggestion',
    schema: [],
    messages: { abbreviated: "Names are full words: '{{word}}' in '{{name}}' stands for {{full}}." },
  },
  create(context) {
    /** @param {Node} identifier */
    const check = (identifier) => {
      const name = String(identifier.name);
      const words = name.split(/_+|(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])/u);
      for (const word of words.map((part) => part.toLowerCase())) {
        const full = FULL_WORDS.get(word);
        if (full === undefined || (word === 'e' && words.length > 1)) continue;
        context.report({ node: identifier, messageId: 'abbreviated', data: { name, word, full } });
      }
    };
    return {
      'Program:exit'() {
        const { scopeManager } = context.sourceCode;
        for (const scope of scopeManager.scopes) {
          for (const variable of scope.variables) {
            const definition = variable.defs[0];
            if (definition === undefined || definition.type === 'ImportBinding') continue;
            // A class is known in two scopes, the one around it and its own.
            if (definition.type === 'ClassName' && scope.type === 'class') continue;
            check(definition.name);
          }
        }
      },
      /** @param {Node} node */
      ':matches(MethodDefinition, PropertyDefinition, AccessorProperty)[computed=false] > Identifier.key'(
        node,
      ) {
        check(node);
      },
    };
  },
};

/** TypeScript's SymbolFlags.Class. */
const CLASS_SYMBOL = 32;

/**
 * Nest finds what to inject by the parameter's type at run time. A type-only import leaves nothing to find, and
 * neither tsc nor the other rules say so: the app stops at start with "can't resolve dependencies".
 *
 * @type {RuleModule}
 */
const noTypeOnlyInjection = {
  meta: {
    type: 'problem',
    schema: [],
    messages: {
      typeOnly:
        "'{{name}}' is injected, but imported as a type: Nest finds no token for it. Import it as a value.",
    },
  },
  create(context) {
    /** @param {Node} constructor */
    const injectedParameters = (constructor) => {
      const owner = constructor.parent.parent;
      if ((owner.decorators ?? []).length === 0) return [];
      return constructor.value.params.filter(
        (/** @type {Node} */ each) => (each.decorators ?? []).length === 0,
      );
    };
    return {
      /** @param {Node} node */
      'MethodDefinition[kind="constructor"]'(node) {
        for (const parameter of injectedParameters(node)) {
          const target = parameter.type === 'TSParameterProperty' ? parameter.parameter : parameter;
          const type = target.typeAnnotation?.typeAnnotation;
          if (type?.type !== 'TSTypeReference' || type.typeName.type !== 'Identifier') continue;
          const { name } = type.typeName;
          /** @type {import('eslint').Scope.Scope | null} */
          let scope = context.sourceCode.getScope(node);
          while (scope !== null && !scope.set.has(name)) scope = scope.upper;
          /** @type {Node} */
          const definition = scope?.set.get(name)?.defs[0];
          if (definition?.type !== 'ImportBinding') continue;
          if (definition.parent.importKind !== 'type' && definition.node.importKind !== 'type') continue;
          // An interface is never injected: such a class is made by hand.
          const symbol = context.sourceCode.parserServices['getTypeAtLocation'](type).getSymbol();
          if (((symbol?.flags ?? 0) & CLASS_SYMBOL) === 0) continue;
          context.report({ node: type, messageId: 'typeOnly', data: { name } });
        }
      },
    };
  },
};

export const houseRules = {
  rules: { 'names-in-full-words': namesInFullWords, 'no-type-only-injection': noTypeOnlyInjection },
};
