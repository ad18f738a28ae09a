#include "ir/parser.h"
#include "ir/words.h"

namespace hidet {

const Site* Parser::find_site(std::string_view name) const {
  for (const Site& site : program_.sites)
    if (site.name == name) return &site;
  return nullptr;
}

const Parser::Meaning* Parser::find(std::string_view name) const {
  for (size_t i = scopes_.size(); i-- > 0;) {
    const auto it = scopes_[i].find(name);
    if (it != scopes_[i].end()) return &it->second;
  }
  return nullptr;
}

Buffer Parser::find_buffer(const std::string& name) {
  const Meaning* meaning = find(name);
  const Buffer* buffer = meaning ? std::get_if<Buffer>(meaning) : nullptr;
  if (!buffer) fail(hidet::format("there is no buffer '{}'", name));
  return *buffer;
}

void Parser::bind(const std::string& name, Meaning meaning) {
  if (is_reserved(name)) fail(hidet::format("'{}' has a meaning of its own", name));
  if (find_site(name)) fail(hidet::format("'{}' is a site", name));
  scopes_.back().insert_or_assign(name, std::move(meaning));
}

Var Parser::make_var(const std::string& name, Type type) {
  Var var = context_.make_var(type, Lexer::hint(name));
  bind(name, context_.variable(var));
  return var;
}

void Parser::size_declaration() {
  const std::string name = tokens_.word();
  SizeParam param{make_var(name, Type{DType::i64}), {}};
  while (true) {
    if (tokens_.take("lower"))
      param.facts.lower = tokens_.integer();
    else if (tokens_.take("upper"))
      param.facts.upper = tokens_.integer();
    else if (tokens_.take("divisor"))
      param.facts.divisor = tokens_.integer();
    else
      break;
  }
  program_.sizes.push_back(param);
}

void Parser::site_declaration(SiteKind kind) {
  Site site{.kind = kind, .name = tokens_.word(), .type = {}, .shape = {}};
  if (find_site(site.name)) fail(hidet::format("there are two sites '{}'", site.name));
  tokens_.expect(":");
  site.type = type();
  site.shape = indices("[", "]");
  program_.sites.push_back(std::move(site));
}

Program Parser::program() {
  tokens_.expect("program");
  program_.name = tokens_.word();
  while (true) {
    if (tokens_.take("target")) {
      program_.target = tokens_.word();
      while (tokens_.take("-")) program_.target += "-" + std::string(tokens_.next().text);
    } else if (tokens_.take("level")) {
      const auto level = find_word<Level>(tokens_.word());
      if (!level) fail("a level is mapped, loops or target");
      program_.level = *level;
    } else if (tokens_.take("threads")) {
      program_.threads = static_cast<int>(tokens_.integer());
    } else {
      break;
    }
  }
  while (!tokens_.peek().is("{")) {
    if (tokens_.take("grid")) {
      program_.grid = indices("[", "]");
      continue;
    }
    const std::string word = tokens_.word();
    if (word == "size")
      size_declaration();
    else if (word == "global" || word == "constant")
      program_.buffers.push_back(
          buffer_declaration(word == "global" ? Scope::global : Scope::constant));
    else if (auto kind = find_word<SiteKind>(word))
      site_declaration(*kind);
    else
      fail(hidet::format("'{}' declares nothing", word));
  }
  program_.body = body();
  if (tokens_.peek().kind != Token::Kind::end) fail("text after the end of the program");
  return program_;
}

Program parse(Context& context, std::string_view text, const MappingTables& tables) {
  return Parser(context, text, tables).program();
}

}  // namespace hidet
