/** @file Types of wgsl_reflect's ES module: the package's `main` is CommonJS in an ES module package, which Node cannot import. */

declare module 'wgsl_reflect/wgsl_reflect.module.js' {
  export * from 'wgsl_reflect';
}
